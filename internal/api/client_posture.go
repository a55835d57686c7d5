package api

import (
	"context"
	"net/http"

	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/scan"
)

// SendFindings gives the findings of a run to a server, which keeps them with its asset.
func (c *Client) SendFindings(ctx context.Context, l *scan.List) (taken asset.Taken, err error) {
	return taken, c.tell(ctx, http.MethodPost, "/api/v1/posture/runs", l, &taken)
}
