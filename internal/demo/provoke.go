package demo

import (
	"archive/tar"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	// ProvokeCommand is the command below demo that runs in the containers.
	ProvokeCommand = "provoke"
	// programName and minerName are the program's names in the image.
	programName = "sasumata"
	minerName   = "xmrig"
	// hogLimit is what the hog may have in bytes: this program alone takes a part of it.
	// hogWants is where it stops should nobody hold it to its limit.
	hogLimit = 96 << 20
	hogWants = 256 << 20
)

// ErrProvoked is the end of a container that crashes.
var ErrProvoked = errors.New("it ends as it was told to")

// Provoke does, within a container, what the incident says, until the context is done.
func Provoke(ctx context.Context, incident string) error {
	switch incident {
	case IncidentQuiet:
	case IncidentBusy:
		for ctx.Err() == nil {
		}
	case IncidentHog:
		have := make([]byte, hogWants)
		for i := 0; i < len(have); i += os.Getpagesize() {
			have[i] = 1 // or the kernel gives nothing
		}
		<-ctx.Done()
		_ = have[0] // it is held until then
	case IncidentCrash:
		return ErrProvoked
	case IncidentWritten:
		if err := os.WriteFile("/tmp/dropped", []byte("dropped\n"), 0o600); err != nil { //nolint:gosec // the place that is told of
			return err
		}
	default:
		return fmt.Errorf("there is no incident %.40q", incident)
	}
	<-ctx.Done()
	return nil
}

// WriteImage writes the file system of the image as a tar archive: the program, which must
// need nothing but the kernel, and a folder for temporary files.
func WriteImage(w io.Writer, program string) error {
	f, err := os.Open(program)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := static(f); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	for _, h := range []*tar.Header{
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: programName, Typeflag: tar.TypeReg, Mode: 0o755, Size: info.Size()},
		{Name: minerName, Typeflag: tar.TypeSymlink, Linkname: programName, Mode: 0o777},
	} {
		if err = archive.WriteHeader(h); err == nil && h.Size > 0 {
			_, err = io.Copy(archive, f)
		}
		if err != nil {
			return fmt.Errorf("make an image of %s: %w", program, err)
		}
	}
	return archive.Close()
}

// static refuses a program that a container without other files cannot run.
func static(f *os.File) error {
	program, err := elf.NewFile(f)
	if err != nil {
		return fmt.Errorf("%s runs in no container of Linux: %w", f.Name(), err)
	}
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP {
			return fmt.Errorf("%s needs libraries of this machine, which a container has not: build it with CGO_ENABLED=0, as make does", f.Name())
		}
	}
	return nil
}
