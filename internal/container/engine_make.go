package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// importTime is how long it may take to make an image of an archive.
const importTime = 2 * time.Minute

// Import makes an image of the file system in a tar archive, with labels; no registry is
// asked. Another image of the same name loses it. It takes at most two minutes.
func (e *Engine) Import(ctx context.Context, name string, labels map[string]string, archive io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, importTime)
	defer cancel()
	what := "make the image " + strconv.Quote(name)
	options := client.ImageImportOptions{}
	for key, value := range labels {
		options.Changes = append(options.Changes, fmt.Sprintf("LABEL %q=%q", key, value))
	}
	repository, tag, _ := strings.Cut(name, ":")
	options.Tag = tag
	answer, err := e.client.ImageImport(ctx, client.ImageImportSource{Source: archive, SourceName: "-"}, repository, options)
	if err != nil {
		return told(what, err)
	}
	defer func() { _ = answer.Close() }() // it is read to its end, or not wanted
	for messages := json.NewDecoder(answer); ; {
		var message struct {
			Error string `json:"error"`
		}
		switch err := messages.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return told(what, err)
		case message.Error != "":
			return told(what, errors.New(message.Error))
		}
	}
}

// Labelled returns the ids of the containers with a label, those that do not run too, and of
// the images with it, those without a name too.
func (e *Engine) Labelled(ctx context.Context, label string) (containers, images []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	filters := client.Filters{}.Add("label", label)
	c, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return nil, nil, told("list the containers with the label "+label, err)
	}
	for i := range c.Items {
		containers = append(containers, c.Items[i].ID)
	}
	i, err := e.client.ImageList(ctx, client.ImageListOptions{Filters: filters})
	if err != nil {
		return nil, nil, told("list the images with the label "+label, err)
	}
	for k := range i.Items {
		images = append(images, i.Items[k].ID)
	}
	return containers, images, nil
}
