package container

import (
	"math"
	"time"
)

// Sample is what a container uses. What is not known is NaN, or 0 for whole numbers that
// cannot be 0.
type Sample struct {
	// At is when it was taken.
	At time.Time
	// CPU is in per cent of one core since the sample before, and CPUOfLimit of what the
	// container may use: its limit, or all cores of the machine.
	CPU, CPUOfLimit float64
	// Cores is the limit; 0 is none.
	Cores float64
	// Memory is the working set in bytes: what the kernel cannot just forget, so files that
	// nobody uses are no part of it. MemoryLimit is 0 without a limit, and MemoryOfLimit in
	// per cent of it.
	Memory, MemoryLimit int64
	MemoryOfLimit       float64
	// OOMKills is how many processes the kernel ended for want of memory since the container
	// was started.
	OOMKills int64
	// Pids is how many processes and threads there are; PidsLimit is 0 without a limit.
	Pids, PidsLimit int64
	// Connections are sockets of TCP, UDPSockets those of UDP; -1 when the container has no
	// network of its own: then nobody knows whose they are.
	Connections, UDPSockets int64
	// Received and Sent are bytes since the network began, without the loopback, the rates
	// bytes a second.
	Received, Sent         int64
	ReceivedRate, SentRate float64
	// Disk is how full the file system is that the container writes to, in per cent;
	// DiskShared says that it is that of other containers, too.
	Disk       float64
	DiskShared bool
}

// before is what a sample is compared with.
type before struct {
	at      time.Time
	usage   usage
	traffic traffic
	network bool
}

// compare makes a sample of two readings. A counter that went back is that of another run of
// the container: there is no rate then.
func compare(old, now *before, cores int) Sample {
	u := &now.usage
	s := Sample{
		At: now.at, CPU: math.NaN(), CPUOfLimit: math.NaN(), Cores: u.cores, Memory: u.memory, MemoryLimit: u.memoryLimit, MemoryOfLimit: math.NaN(),
		OOMKills: u.oomKills, Pids: u.pids, PidsLimit: u.pidsLimit, Connections: -1, UDPSockets: -1, ReceivedRate: math.NaN(), SentRate: math.NaN(), Disk: math.NaN(),
	}
	if u.memoryLimit > 0 {
		s.MemoryOfLimit = 100 * float64(u.memory) / float64(u.memoryLimit)
	}
	if now.network {
		s.Connections, s.UDPSockets, s.Received, s.Sent = now.traffic.tcp, now.traffic.udp, now.traffic.received, now.traffic.sent
	}
	took := now.at.Sub(old.at)
	if old.at.IsZero() || took <= 0 {
		return s
	}
	if used := u.cpu - old.usage.cpu; used >= 0 {
		s.CPU = 100 * float64(used) / float64(took)
		most := u.cores
		if most <= 0 {
			most = float64(cores)
		}
		s.CPUOfLimit = s.CPU / most
	}
	if now.network && old.network {
		rate := func(from, to int64) float64 {
			if to < from {
				return math.NaN()
			}
			return float64(to-from) / took.Seconds()
		}
		s.ReceivedRate = rate(old.traffic.received, now.traffic.received)
		s.SentRate = rate(old.traffic.sent, now.traffic.sent)
	}
	return s
}
