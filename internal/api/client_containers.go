package api

import (
	"context"
	"net/url"
)

const containersPath = "/api/v1/containers"

// Containers returns the containers that the server watches.
func (c *Client) Containers(ctx context.Context) (l ContainerList, err error) {
	return l, c.read(ctx, containersPath, &l)
}

// Container returns one, by its id, the beginning of that, or its name.
func (c *Client) Container(ctx context.Context, idOrName string) (d ContainerDetail, err error) {
	return d, c.read(ctx, containersPath+"/"+url.PathEscape(idOrName), &d)
}
