package sensor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// lookEvery is how often it is looked what waits in the kernel's buffer: each time that the
// kernel woke this program would cost whoever starts a program some microseconds.
const lookEvery = 20 * time.Millisecond

// clockEvery is how often it is asked when the machine started: clocks are put right.
const clockEvery = time.Minute

var errNoObjects = errors.New("there are no programs for this processor: want amd64 or arm64")

// kernelWatch tells what programs in the kernel write.
type kernelWatch struct {
	sensor  *Sensor
	all     *ebpf.Collection
	links   []link.Link
	reader  *ringbuf.Reader
	missing []string

	mu             sync.Mutex // what metrics ask for while it ends
	closed         bool
	lost, repeated map[Kind]int64 // when it was closed
}

// openEBPF loads the programs and lets them begin.
func openEBPF(s *Sensor) (_ watcher, err error) {
	if len(objects) == 0 {
		return nil, errNoObjects
	}
	w := &kernelWatch{sensor: s}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if err = rlimit.RemoveMemlock(); err != nil {
		return nil, fmt.Errorf("allow the memory of the programs: %w", err)
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(objects))
	if err != nil {
		return nil, fmt.Errorf("read the programs: %w", err)
	}
	if err = w.adapt(spec); err != nil {
		return nil, err
	}
	if w.all, err = ebpf.NewCollection(spec); err != nil {
		return nil, fmt.Errorf("load the programs: %w", err)
	}
	if err = w.folders(); err != nil {
		return nil, err
	}
	if w.reader, err = ringbuf.NewReader(w.all.Maps["events"]); err != nil {
		return nil, fmt.Errorf("open the buffer: %w", err)
	}
	for name, program := range w.all.Programs {
		l, err := link.AttachTracing(link.TracingOptions{Program: program})
		if err != nil {
			return nil, fmt.Errorf("attach %s: %w", name, err)
		}
		w.links = append(w.links, l)
	}
	s.probe.Missing = append(s.probe.Missing, w.missing...)
	return w, nil
}

// adapt says what is wanted, and leaves out what this kernel has not.
func (w *kernelWatch) adapt(spec *ebpf.CollectionSpec) error {
	config := &w.sensor.opts.Config
	wanted := uint32(1<<Exec | 1<<Exit) // the table of processes needs both
	for _, kind := range Kinds() {
		if config.wants(kind) {
			wanted |= 1 << kind
		}
	}
	only := uint8(0)
	if config.ContainersOnly {
		only = 1
	}
	pidns, err := ownNamespace()
	if err != nil {
		return err
	}
	size := uint32(os.Getpagesize())
	for int64(size) < config.BufferBytes {
		size *= 2
	}
	spec.Maps["events"].MaxEntries = size
	for name, value := range map[string]any{
		"wake_at": uint64(size) / 4,
		"wanted":  wanted, "containers_only": only, "own_pid": uint32(os.Getpid()), "own_pidns": pidns,
	} {
		v := spec.Variables[name]
		if v == nil {
			return fmt.Errorf("the programs have no variable %s", name)
		}
		if err := v.Set(value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	kernel, err := btf.LoadKernelSpec()
	if err != nil {
		return fmt.Errorf("read what the kernel says of its types: %w", err)
	}
	for name, program := range spec.Programs {
		point := program.AttachTo
		var def *btf.Typedef
		if err := kernel.TypeByName("btf_trace_"+point, &def); errors.Is(err, btf.ErrNotFound) {
			if point == "sched_process_exec" || point == "sched_process_exit" {
				return fmt.Errorf("the kernel has no tracepoint %s", point)
			}
			delete(spec.Programs, name)
			w.missing = append(w.missing, missingPoint(point))
		}
	}
	return nil
}

// missingPoint says what is missed without a tracepoint.
func missingPoint(point string) string {
	switch point {
	case "cap_capable":
		return "capabilities in use: this kernel has no tracepoint cap_capable"
	case "inet_sock_set_state":
		return "connections: this kernel has no tracepoint inet_sock_set_state"
	case "sys_exit":
		return "files, ptrace, modules and namespaces: this kernel has no tracepoint sys_exit"
	default:
		return "the tracepoint " + point
	}
}

// ownNamespace returns the number of the namespace of processes that this one is in.
func ownNamespace() (uint32, error) {
	name, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return 0, fmt.Errorf("find the namespace of this process: %w", err)
	}
	n, err := strconv.ParseUint(strings.Trim(name, "pid:[]"), 10, 32)
	return uint32(n), err
}

// folders tells the kernel below which folders files are watched.
func (w *kernelWatch) folders() error {
	for _, folder := range w.sensor.opts.Config.files() {
		var key [maxTop + 1]byte
		copy(key[:maxTop], top(folder))
		if err := w.all.Maps["tops"].Put(key, uint8(1)); err != nil {
			return fmt.Errorf("watch the files below %s: %w", folder, err)
		}
	}
	return nil
}

// booted returns when the machine started, in nanoseconds since 1970.
func (w *kernelWatch) booted() (int64, error) {
	var since unix.Timespec
	now := w.sensor.opts.Now()
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &since); err != nil {
		return 0, fmt.Errorf("ask since when the machine runs: %w", err)
	}
	return now.UnixNano() - since.Nano(), nil
}

func (w *kernelWatch) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = w.reader.Flush() }) // which ends Read
	defer stop()
	boot, err := w.booted()
	if err != nil {
		return err
	}
	asked := w.sensor.opts.Now()
	var raw ringbuf.Record
	var e Event
	w.reader.SetDeadline(time.Now().Add(lookEvery)) //nolint:forbidigo // the reader goes by this clock
	for told := 0; ctx.Err() == nil; {
		err := w.reader.ReadInto(&raw)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			w.reader.SetDeadline(time.Now().Add(lookEvery)) //nolint:forbidigo // the reader goes by this clock
			continue
		}
		if err != nil {
			if errors.Is(err, ringbuf.ErrFlushed) || ctx.Err() != nil {
				continue
			}
			return fmt.Errorf("read what the kernel tells: %w", err)
		}
		if now := w.sensor.opts.Now(); now.Sub(asked) > clockEvery {
			if boot, err = w.booted(); err != nil {
				return err
			}
			asked = now
		}
		if err := decode(raw.RawSample, boot, &e); err != nil {
			w.sensor.Errors.Add(1)
			if told++; told == 1 {
				w.sensor.opts.Log.ErrorContext(ctx, "BUG: an event of the kernel cannot be read", "error", err)
			}
			continue
		}
		w.sensor.tell(ctx, &e)
	}
	return nil
}

func (w *kernelWatch) losses() map[Kind]int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.lost
	}
	all := w.counts("dropped")
	for _, program := range w.all.Programs {
		stats, err := program.Stats()
		if err == nil && stats.RecursionMisses > 0 { // it ran already on that processor
			all[programKind(program.String())] += int64(stats.RecursionMisses)
		}
	}
	return all
}

func (w *kernelWatch) repeats() map[Kind]int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.repeated
	}
	return w.counts("repeated")
}

// programKind returns what a program that was skipped would have told: of several kinds, the
// first one.
func programKind(name string) Kind {
	switch {
	case strings.Contains(name, "on_exit"):
		return Exit
	case strings.Contains(name, "on_state"):
		return Connect
	case strings.Contains(name, "on_syscall"):
		return Open
	case strings.Contains(name, "on_capable"):
		return Capability
	default:
		return Exec
	}
}

// counts returns the sums of a map of counters.
func (w *kernelWatch) counts(name string) map[Kind]int64 {
	all := map[Kind]int64{}
	for _, kind := range Kinds() {
		var each []uint64
		if err := w.all.Maps[name].Lookup(uint32(kind), &each); err != nil {
			continue
		}
		all[kind] = 0
		for _, n := range each {
			all[kind] += int64(n)
		}
	}
	return all
}

// Close lets the programs end. What they had counted stays.
func (w *kernelWatch) Close() error {
	var errs []error
	for _, l := range w.links {
		errs = append(errs, l.Close())
	}
	if w.all == nil {
		return errors.Join(errs...)
	}
	lost, repeated := w.losses(), w.repeats()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed, w.lost, w.repeated, w.links = true, lost, repeated, nil
	if w.reader != nil {
		errs = append(errs, w.reader.Close())
	}
	w.all.Close()
	return errors.Join(errs...)
}

// tryEBPF says why programs cannot be loaded, and what to do about it; "" when they can. It
// loads one that does nothing.
func tryEBPF() (why, fix string) {
	if len(objects) == 0 {
		return errNoObjects.Error(), ""
	}
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		return "the kernel does not say where its types have what (no BTF: /sys/kernel/btf/vmlinux)", "a kernel with CONFIG_DEBUG_INFO_BTF, such as that of Debian 11, Ubuntu 20.10, RHEL 8.2 or newer"
	}
	if err := errors.Join(rlimit.RemoveMemlock()); err != nil && !errors.Is(err, os.ErrPermission) {
		return err.Error(), ""
	}
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sched_process_exec", License: "Dual BSD/GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	switch {
	case errors.Is(err, os.ErrPermission):
		return "this program may not: it lacks CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE, or CAP_SYS_ADMIN", capabilityFix("CAP_BPF CAP_PERFMON CAP_SYS_PTRACE", "--cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE")
	case err != nil:
		return "the kernel refuses a program for a tracepoint: " + firstLine(err.Error()), "Linux 5.8 or newer"
	}
	if err := program.Close(); err != nil {
		return err.Error(), ""
	}
	buffer, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: uint32(os.Getpagesize())})
	if err != nil {
		return "the kernel has no ring buffer: " + firstLine(err.Error()), "Linux 5.8 or newer"
	}
	return errText(buffer.Close()), ""
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// tryWay says why a way cannot be taken, and what to do about it.
func tryWay(way Way) (why, fix string) {
	switch way {
	case EBPF:
		return tryEBPF()
	case Audit:
		return tryAudit()
	default:
		return tryProc()
	}
}

var _ watcher = (*kernelWatch)(nil)
