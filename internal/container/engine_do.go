package container

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// commitTime is how long it may take to write a container's files into an image.
const commitTime = 10 * time.Minute

// Pause freezes the processes of a container, within milliseconds. ErrConflict says that it
// is frozen already, or does not run.
func (e *Engine) Pause(ctx context.Context, id string) error {
	_, err := about(ctx, id, "pause the container", func(ctx context.Context) (client.ContainerPauseResult, error) {
		return e.client.ContainerPause(ctx, id, client.ContainerPauseOptions{})
	})
	return err
}

// Unpause lets the processes of a container go on. ErrConflict says that it is not frozen.
func (e *Engine) Unpause(ctx context.Context, id string) error {
	_, err := about(ctx, id, "unpause the container", func(ctx context.Context) (client.ContainerUnpauseResult, error) {
		return e.client.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
	})
	return err
}

// Kill sends a signal, such as SIGKILL, to the first process of a container. ErrConflict says
// that it does not run.
func (e *Engine) Kill(ctx context.Context, id, signal string) error {
	_, err := about(ctx, id, "kill the container", func(ctx context.Context) (client.ContainerKillResult, error) {
		return e.client.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: signal})
	})
	return err
}

// Stop ends a container: it may end by itself for the grace, in whole seconds, and is killed
// then. Its restart policy does not start it again. One that is stopped already is no error.
func (e *Engine) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := int(max(grace, 0) / time.Second)
	_, err := within(ctx, engineAnswer+grace, id, "stop the container", func(ctx context.Context) (client.ContainerStopResult, error) {
		return e.client.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &seconds})
	})
	return err
}

// Commit writes the file system of a container into a new image and returns the image's id.
// Reference names it, such as sasumata/forensic/web:tag; names have small letters only, and
// the engine is not asked when it is none. It takes at most ten minutes. With pause the
// container is frozen meanwhile, and goes on afterwards: say no for one that is frozen
// already.
func (e *Engine) Commit(ctx context.Context, id, reference, comment string, pause bool) (image string, err error) {
	if reference == "" {
		return "", errors.New("commit the container: the image wants a name, else nobody finds it again")
	}
	r, err := within(ctx, commitTime, id, "commit the container", func(ctx context.Context) (client.ContainerCommitResult, error) {
		return e.client.ContainerCommit(ctx, id, client.ContainerCommitOptions{Reference: reference, Comment: comment, NoPause: !pause})
	})
	return r.ID, err
}

// RemoveImage removes an image, by its name or id.
func (e *Engine) RemoveImage(ctx context.Context, image string) error {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	_, err := e.client.ImageRemove(ctx, image, client.ImageRemoveOptions{})
	return told("remove the image "+strconv.Quote(image), err)
}

// Disconnect takes a container off a network, by the network's name or id; force does so when
// the container does not answer. The network of the host cannot be taken away.
func (e *Engine) Disconnect(ctx context.Context, networkID, id string, force bool) error {
	_, err := about(ctx, id, "disconnect the container", func(ctx context.Context) (client.NetworkDisconnectResult, error) {
		if err := named(networkID); err != nil {
			return client.NetworkDisconnectResult{}, fmt.Errorf("from the network: %w", err)
		}
		return e.client.NetworkDisconnect(ctx, networkID, client.NetworkDisconnectOptions{Container: id, Force: force})
	})
	return err
}

// Connect puts a container on a network again, with the static addresses and aliases that it
// had there; the network is n's ID, or its Name without one.
func (e *Engine) Connect(ctx context.Context, n *Network, id string) error {
	_, err := about(ctx, id, "connect the container", func(ctx context.Context) (client.NetworkConnectResult, error) {
		networkID := n.ID
		if networkID == "" {
			networkID = n.Name
		}
		if err := named(networkID); err != nil {
			return client.NetworkConnectResult{}, fmt.Errorf("to the network: %w", err)
		}
		settings := &network.EndpointSettings{Aliases: n.Aliases}
		for _, a := range n.Static {
			if settings.IPAMConfig == nil {
				settings.IPAMConfig = &network.EndpointIPAMConfig{}
			}
			if a.Is4() {
				settings.IPAMConfig.IPv4Address = a
			} else {
				settings.IPAMConfig.IPv6Address = a
			}
		}
		return e.client.NetworkConnect(ctx, networkID, client.NetworkConnectOptions{Container: id, EndpointConfig: settings})
	})
	return err
}
