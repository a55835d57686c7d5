package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/image"
)

// archiveEndings are those of files that may be archives of images.
func archiveEndings() []string { return []string{".tar", ".tar.gz", ".tgz", ".tar.zst"} }

// archiveName reports whether a file may be an archive, by its name.
func archiveName(path string) bool {
	path = strings.ToLower(path)
	for _, ending := range archiveEndings() {
		if strings.HasSuffix(path, ending) {
			return true
		}
	}
	return false
}

// archive reports whether a file is to be read as an archive of images: somebody says
// so, or it looks like one. Such a file is not read into memory.
func (f *policyFile) archive() bool {
	switch {
	case f.data != nil || f.inputs != nil || f.open != nil:
		return f.open != nil
	case f.kind != "":
		return f.kind == posture.Image
	case f.name == "-":
		return false
	}
	in, err := os.Open(f.name)
	if err != nil {
		return false // whoever reads it will say so
	}
	defer in.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(in, head)
	return (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) && image.Looks(head[:n])
}

// readImages reads an archive of images into the documents that checks look at.
func (o *PolicyOptions) readImages(ctx context.Context, f policyFile) ([]posture.Input, []string, error) {
	in := o.Stdin
	switch {
	case f.open != nil:
		stream, err := f.open(ctx)
		if err != nil {
			return nil, nil, err
		}
		defer stream.Close()
		in = stream
	case f.name != "-":
		file, err := os.Open(f.name)
		if err != nil {
			return nil, nil, err
		}
		defer file.Close()
		in = bufio.NewReaderSize(file, 1<<20)
	}
	images, notes, err := image.Read(ctx, f.name, in, image.Options{Now: o.Now})
	if err != nil {
		return nil, nil, err
	}
	inputs := make([]posture.Input, 0, len(images))
	for _, d := range images {
		name := f.name
		if len(images) > 1 {
			name = f.name + "#" + strings.Trim(d.Name+" "+d.Platform, " ")
		}
		inputs = append(inputs, posture.Input{Kind: posture.Image, File: name, Document: d})
	}
	return inputs, notes, nil
}

// saved returns the images of the engine that are to be looked at.
func (o *PolicyOptions) saved() []policyFile {
	out := make([]policyFile, 0, len(o.Images))
	for _, name := range o.Images {
		out = append(out, policyFile{name: "image:" + name, kind: posture.Image, open: func(ctx context.Context) (io.ReadCloser, error) {
			engine, err := openEngine(o.Engine)
			if err != nil {
				return nil, err
			}
			archive, err := engine.SaveImage(ctx, name)
			if err != nil {
				engine.Close()
				return nil, err
			}
			return &savedImage{archive, engine.Close}, nil
		}})
	}
	return out
}

// savedImage is what the engine hands out, with the connection to it.
type savedImage struct {
	io.ReadCloser

	done func()
}

// Close ends the reading, and the connection.
func (s *savedImage) Close() error {
	defer s.done()
	return s.ReadCloser.Close()
}
