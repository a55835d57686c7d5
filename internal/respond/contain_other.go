//go:build !linux

package respond

import (
	"errors"

	"github.com/sasumata/sasumata/internal/respond/firewall"
)

func openCell(string, int, string) (*firewall.Cell, error) { return nil, firewall.ErrUnsupported }

func alone(string, string, uint64) error { return nil }

func mayAdminNetwork(string, int) bool { return true }

func (process) kill(string) error {
	return errors.New("processes of containers can be killed on Linux only")
}
