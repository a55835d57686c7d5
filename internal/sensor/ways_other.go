//go:build !linux

package sensor

import "errors"

var errNotLinux = errors.New("the sensor wants Linux")

func openEBPF(*Sensor) (watcher, error)  { return nil, errNotLinux }
func openAudit(*Sensor) (watcher, error) { return nil, errNotLinux }
func openProc(*Sensor) (watcher, error)  { return nil, errNotLinux }

func tryWay(Way) (why, fix string) { return errNotLinux.Error(), "" }
