// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
//
// What processes do, told to the sensor through a ring buffer: tracepoints only, so that
// neither kprobes nor trampolines are needed. Nothing here waits: when the buffer is full,
// an event is counted as dropped.
//
// A program runs once at a time on a processor (the kernel counts runs that it skips), so
// each has scratch room of its own for each processor.

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The kinds of events; internal/sensor/record.go has the same. */
enum kind { EXEC = 1, EXIT, CONNECT, OPEN, PTRACE, MODULE, SETNS, UNSHARE, CAPABILITY, KINDS };

/* Flags of an event. */
enum {
	UPPER = 1,	/* the executable is in the upper layer of an overlay */
	DELETED = 2,	/* the executable has no name any more */
	MEMFD = 4,	/* the executable never had one */
	CUT_ARGS = 8,	/* there is more of the command line */
	CUT_PATH = 16,	/* a path is deeper or longer than told; its beginning is missing */
	CREATED = 32,	/* the file that was opened is new */
	REMOTE = 64,	/* addresses are those of a socket that is standard input or output */
};

enum { STDIO_OTHER, STDIO_SOCKET, STDIO_PIPE, STDIO_TTY, STDIO_UNIX };

#define MAX_PATH 1024	/* a power of two; so are the others */
#define MAX_ARGS 4096
#define MAX_DATA 8192
#define MAX_DEPTH 40	/* directories and mounts of a path */

struct event {
	__u8 kind;
	__u8 family;
	__u8 stdio[3];
	__u8 capability;
	__u16 flags;
	__u32 pid, tid, ppid, gppid, vpid;
	__u32 uid, euid, loginuid;
	__u64 time, start, cgroup, caps;
	__s64 ret;
	__u64 arg;	/* flags of unshare and setns, the request of ptrace */
	__u32 target;	/* the process that is traced */
	__u16 sport, dport;
	__u8 saddr[16], daddr[16];
	__u16 path, cwd, parent, object, container, tty, args; /* lengths of what follows */
	__u16 pad;
	char comm[16], pcomm[16];
	char data[2 * MAX_DATA];
};

#define HEADER (sizeof(struct event) - 2 * MAX_DATA)

struct scratch {
	struct event event;
	char path[3 * MAX_PATH];
};

/* bounded returns n modulo a power of two. In assembler, because the compiler leaves out
 * what it knows and the verifier does not. */
#define bounded(n, most) ({ __u64 n_ = (n); asm volatile("%0 &= %1" : "+r"(n_) : "i"((most) - 1)); n_; })

/* Which program uses which scratch room. */
enum { AT_EXEC, AT_CONNECT, AT_SYSCALL, AT_CAPABILITY, PLACES };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PLACES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

/* Events that did not fit into the buffer, by kind. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KINDS);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

/* Events that say what one before said less than `again` ago, by kind. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KINDS);
	__type(key, __u32);
	__type(value, __u64);
} repeated SEC(".maps");

struct told {
	__u64 who, what, more;
	__u32 kind, port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct told);
	__type(value, __u64);
} tolds SEC(".maps");

/* The first directories of files whose opening for writing is told. */
struct top {
	char name[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct top);
	__type(value, __u8);
} tops SEC(".maps");

/* Set before the programs are loaded. */
const volatile __u32 wanted = 0xffffffff;	/* a bit for each kind */
const volatile __u8 containers_only = 0;
const volatile __u32 own_pid = 0, own_pidns = 0; /* the sensor, in its own namespace */

const volatile __u64 wake_at = 1 << 20; /* bytes that wait */

#define SECOND 1000000000ull

static __always_inline void count(void *map, __u32 kind)
{
	__u64 *n = bpf_map_lookup_elem(map, &kind);
	if (n)
		(*n)++;
}

static __always_inline bool wants(int kind) { return wanted & (1u << kind); }

/* again reports whether the same was told within that time. */
static __always_inline bool again(struct told *key, __u64 within)
{
	__u64 now = bpf_ktime_get_boot_ns();
	__u64 *last = bpf_map_lookup_elem(&tolds, key);
	if (last && now - *last < within) {
		if (key->kind != CAPABILITY) /* what nobody is told of outside of containers */
			count(&repeated, key->kind);
		return true;
	}
	bpf_map_update_elem(&tolds, key, &now, BPF_ANY);
	return false;
}

static __always_inline struct scratch *scratch(__u32 place)
{
	return bpf_map_lookup_elem(&scratches, &place);
}

/* walk writes the path of a directory entry into the scratch room, so that it ends at
 * MAX_PATH, and returns its length, plus CUT when its beginning is missing. The kernel checks
 * such a function once, whoever calls it. Inside the loop are as few branches as can be: the
 * verifier goes through each combination of them. */
#define CUT (2 * MAX_PATH)

__attribute__((noinline)) int walk(__u64 dentry, __u64 vfs, __u32 place)
{
	struct scratch *s = scratch(place & 3);
	__u64 used = 0, mnt, cut = CUT;
	const char slash = '/';
	bool last = false;

	if (!s || !dentry || !vfs)
		return 0;
	mnt = vfs - bpf_core_field_offset(struct mount, mnt);
	for (int i = 0; i < MAX_DEPTH; i++) {
		struct dentry *d = (void *)dentry;
		struct mount *m = (void *)mnt;
		__u64 parent = (__u64)BPF_CORE_READ(d, d_parent), up = (__u64)BPF_CORE_READ(m, mnt_parent);
		__u64 crosses = -(__u64)((__u64)BPF_CORE_READ(m, mnt.mnt_root) == dentry); /* a mount: all ones */
		__u64 at, len = BPF_CORE_READ(d, d_name.len) & 255;

		asm volatile("" : "+r"(crosses));
		if (crosses && up == mnt) {
			if (used || parent == dentry) {
				cut = 0;
				break;
			}
			/* A file that is mounted by itself, where nobody can see it: its name at least. */
			last = true;
			crosses = 0;
			asm volatile("" : "+r"(crosses));
		}
		len &= ~crosses;
		if (used + len + 1 > MAX_PATH - 1)
			break;
		used += len + (1 & ~crosses);
		used = bounded(used, MAX_PATH);
		at = bounded(MAX_PATH - used, 2 * MAX_PATH);
		bpf_probe_read_kernel(&s->path[at], 1 & ~crosses, &slash);
		bpf_probe_read_kernel(&s->path[at + 1], bounded(len, 256), BPF_CORE_READ(d, d_name.name));
		if (last)
			break;
		if (!crosses && parent == dentry) { /* it is on no disk, as that of a memfd */
			cut = 0;
			break;
		}
		dentry = (parent & ~crosses) | ((__u64)BPF_CORE_READ(m, mnt_mountpoint) & crosses);
		mnt = (mnt & ~crosses) | (up & crosses);
	}
	if (!used && !cut) { /* the root itself */
		s->path[MAX_PATH - 1] = '/';
		used = 1;
	}
	return used + cut;
}

/* put appends the path of an entry to the data, and returns its length. */
static __always_inline __u32 put(struct scratch *s, __u32 place, __u32 *off, struct dentry *dentry, struct vfsmount *mnt)
{
	__u64 len = walk((__u64)dentry, (__u64)mnt, place);
	if (len >= CUT)
		s->event.flags |= CUT_PATH;
	len = bounded(len, MAX_PATH);
	if (*off > MAX_DATA - 1)
		return 0;
	bpf_probe_read_kernel(&s->event.data[bounded(*off, MAX_DATA)], len, &s->path[MAX_PATH - len]);
	*off += len;
	return len;
}

static __always_inline __u32 put_file(struct scratch *s, __u32 place, __u32 *off, struct file *f)
{
	if (!f)
		return 0;
	return put(s, place, off, BPF_CORE_READ(f, f_path.dentry), BPF_CORE_READ(f, f_path.mnt));
}

/* container_of_group appends the name of a control group that is as long as those of
 * containers, or that of its parent. */
static __always_inline bool group_name(struct event *e, __u32 *off, struct kernfs_node *kn)
{
	long n;
	if (!kn || *off > MAX_DATA - 1)
		return false;
	n = bpf_probe_read_kernel_str(&e->data[bounded(*off, MAX_DATA)], 128, BPF_CORE_READ(kn, name));
	if (n < 65 || n > 128)
		return false;
	e->container = n - 1;
	*off += n - 1;
	return true;
}

static __always_inline struct kernfs_node *above(struct kernfs_node *kn)
{
	struct kernfs_node___new *newer = (void *)kn;
	if (!kn)
		return 0;
	if (bpf_core_field_exists(newer->__parent))
		return BPF_CORE_READ(newer, __parent);
	return BPF_CORE_READ(kn, parent);
}

static __always_inline void groups(struct event *e, __u32 *off, struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct kernfs_node *kn = BPF_CORE_READ(set, dfl_cgrp, kn);
	struct kernfs_node *legacy = 0;

	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)) {
		struct cgroup_subsys_state *css = 0;
		int id = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		bpf_probe_read_kernel(&css, sizeof(css), (char *)set + bpf_core_field_offset(struct css_set, subsys) + id * sizeof(css));
		if (css)
			legacy = BPF_CORE_READ(css, cgroup, kn);
	}
	e->cgroup = BPF_CORE_READ(kn, id);
	if (group_name(e, off, kn)) {
		return;
	}
	if (legacy && legacy != kn) {
		if (group_name(e, off, legacy)) {
			e->cgroup = BPF_CORE_READ(legacy, id);
			return;
		}
		if (group_name(e, off, above(legacy)))
			return;
	}
	group_name(e, off, above(kn));
}

/* begin fills in what all events say of the process. It returns nothing when the process
 * is of no interest. */
static __always_inline struct scratch *begin(int kind, __u32 place, __u32 *off)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader, *parent;
	struct scratch *s;
	struct event *e;
	struct pid *pid;
	struct tty_struct *tty;
	unsigned int level = 0;

	if (!wants(kind))
		return 0;
	s = scratch(place);
	if (!s)
		return 0;
	e = &s->event;
	__builtin_memset(e, 0, HEADER);
	e->kind = kind;
	*off = 0;
	groups(e, off, task);
	if (containers_only && !e->container)
		return 0;
	leader = BPF_CORE_READ(task, group_leader);
	parent = BPF_CORE_READ(leader, real_parent);
	e->time = bpf_ktime_get_boot_ns();
	e->start = BPF_CORE_READ(leader, start_boottime);
	e->pid = BPF_CORE_READ(task, tgid);
	e->tid = BPF_CORE_READ(task, pid);
	e->ppid = BPF_CORE_READ(parent, tgid);
	e->gppid = BPF_CORE_READ(parent, real_parent, tgid);
	pid = BPF_CORE_READ(leader, thread_pid);
	level = BPF_CORE_READ(pid, level);
	if (level < 33)
		bpf_probe_read_kernel(&e->vpid, 4, (char *)pid + bpf_core_field_offset(struct pid, numbers) +
			level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, nr));
	if (own_pid && e->vpid == own_pid && BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum) == own_pidns)
		return 0;
	e->uid = BPF_CORE_READ(task, cred, uid.val);
	e->euid = BPF_CORE_READ(task, cred, euid.val);
	e->loginuid = -1;
	if (bpf_core_field_exists(task->loginuid))
		e->loginuid = BPF_CORE_READ(task, loginuid.val);
	bpf_probe_read_kernel(&e->caps, 8, (char *)BPF_CORE_READ(task, cred) + bpf_core_field_offset(struct cred, cap_effective));
	bpf_probe_read_kernel_str(e->comm, sizeof(e->comm), &leader->comm);
	bpf_probe_read_kernel_str(e->pcomm, sizeof(e->pcomm), &parent->comm);
	tty = BPF_CORE_READ(task, signal, tty);
	if (tty && *off < MAX_DATA) {
		long n = bpf_probe_read_kernel_str(&e->data[bounded(*off, MAX_DATA)], 64, &tty->name);
		if (n > 1 && n <= 64) {
			e->tty = n - 1;
			*off += n - 1;
		}
	}
	return s;
}

/* tell hands an event over. The sensor looks every now and then by itself: it is woken only
 * when much waits, because that costs more than all the rest. */
static __always_inline void tell(void *event, __u64 size, __u32 kind)
{
	__u64 flags = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= wake_at ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	if (bpf_ringbuf_output(&events, event, size, flags))
		count(&dropped, kind);
}

static __always_inline void end(struct scratch *s, __u32 off)
{
	__u64 size = HEADER + off;
	if (size > sizeof(struct event))
		size = sizeof(struct event);
	tell(&s->event, size, s->event.kind);
}

/* executable appends the path of what the process runs. */
static __always_inline void executable(struct scratch *s, __u32 place, __u32 *off)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	s->event.path = put_file(s, place, off, BPF_CORE_READ(task, mm, exe_file));
}

#define OVERLAYFS 0x794c7630
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFIFO 0010000
#define S_IFCHR 0020000
#define S_IFREG 0100000

static __always_inline void about_file(struct event *e, struct file *f)
{
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	char name[8] = {};
	if (BPF_CORE_READ(inode, i_nlink) == 0)
		e->flags |= DELETED;
	if (BPF_CORE_READ(inode, i_sb, s_magic) == OVERLAYFS) {
		/* The entry in the upper layer stands right behind the inode (fs/overlayfs/ovl_entry.h). */
		void *upper = 0;
		bpf_probe_read_kernel(&upper, sizeof(upper), (char *)inode + bpf_core_type_size(struct inode));
		if (upper)
			e->flags |= UPPER;
	}
	bpf_probe_read_kernel(name, 6, BPF_CORE_READ(f, f_path.dentry, d_name.name));
	if (name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':' && (e->flags & DELETED))
		e->flags |= MEMFD;
}

static __always_inline struct file *file_of(struct task_struct *task, __u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file *f = 0;
	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&f, sizeof(f), BPF_CORE_READ(table, fd) + fd);
	return f;
}

static __always_inline void addresses(struct event *e, const struct sock *sk)
{
	e->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	e->sport = BPF_CORE_READ(sk, __sk_common.skc_num);
	e->dport = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (e->family == 2) {
		bpf_probe_read_kernel(e->saddr, 4, &sk->__sk_common.skc_rcv_saddr);
		bpf_probe_read_kernel(e->daddr, 4, &sk->__sk_common.skc_daddr);
	} else if (e->family == 10) {
		bpf_probe_read_kernel(e->saddr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_probe_read_kernel(e->daddr, 16, &sk->__sk_common.skc_v6_daddr);
	}
}

/* standard says what standard input, output or error is. */
static __always_inline __u8 standard(struct event *e, struct task_struct *task, int fd)
{
	struct file *f = file_of(task, fd);
	__u16 mode;
	if (!f)
		return STDIO_OTHER;
	mode = BPF_CORE_READ(f, f_inode, i_mode) & S_IFMT;
	if (mode == S_IFIFO)
		return STDIO_PIPE;
	if (mode == S_IFSOCK) {
		struct socket *sock = BPF_CORE_READ(f, private_data);
		struct sock *sk = BPF_CORE_READ(sock, sk);
		__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
		if (family != 2 && family != 10)
			return STDIO_UNIX;
		if (!(e->flags & REMOTE)) {
			addresses(e, sk);
			e->flags |= REMOTE;
		}
		return STDIO_SOCKET;
	}
	if (mode == S_IFCHR && e->tty)
		return STDIO_TTY;
	return STDIO_OTHER;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old, struct linux_binprm *bprm)
{
	__u32 off = 0;
	struct scratch *s = begin(EXEC, AT_EXEC, &off);
	struct event *e;
	struct mm_struct *mm;
	struct file *f;
	unsigned long from, len;

	if (!s)
		return 0;
	e = &s->event;
	e->stdio[0] = standard(e, task, 0);
	e->stdio[1] = standard(e, task, 1);
	e->stdio[2] = standard(e, task, 2);
	f = BPF_CORE_READ(bprm, file);
	about_file(e, f);
	e->path = put_file(s, AT_EXEC, &off, f);
	e->cwd = put(s, AT_EXEC, &off, BPF_CORE_READ(task, fs, pwd.dentry), BPF_CORE_READ(task, fs, pwd.mnt));
	e->parent = put_file(s, AT_EXEC, &off, BPF_CORE_READ(task, real_parent, mm, exe_file));
	mm = BPF_CORE_READ(task, mm);
	from = BPF_CORE_READ(mm, arg_start);
	len = BPF_CORE_READ(mm, arg_end) - from;
	if (len >= MAX_ARGS) {
		len = MAX_ARGS - 1;
		e->flags |= CUT_ARGS;
	}
	if (off < MAX_DATA && !bpf_probe_read_user(&e->data[bounded(off, MAX_DATA)], bounded(len, MAX_ARGS), (void *)from)) {
		e->args = len;
		off += bounded(len, MAX_ARGS);
	}
	end(s, off);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct {
		__u8 kind;
		__u8 pad[3];
		__u32 pid;
		__u64 start;
	} e = { .kind = EXIT };

	e.pid = BPF_CORE_READ(task, tgid);
	if (!wants(EXIT) || e.pid != BPF_CORE_READ(task, pid))
		return 0;
	e.start = BPF_CORE_READ(task, start_boottime);
	tell(&e, sizeof(e), EXIT);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, const struct sock *sk, int old, int new)
{
	__u32 off = 0;
	struct told key = { .kind = CONNECT };
	struct scratch *s;
	struct event *e;
	__u16 family;

	if (new != 2 /* TCP_SYN_SENT */ || !wants(CONNECT))
		return 0;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family == 2) {
		bpf_probe_read_kernel(&key.what, 4, &sk->__sk_common.skc_daddr);
		if ((key.what & 0xff) == 127)
			return 0;
	} else if (family == 10) {
		bpf_probe_read_kernel(&key.what, 8, &sk->__sk_common.skc_v6_daddr);
		bpf_probe_read_kernel(&key.more, 8, (char *)&sk->__sk_common.skc_v6_daddr + 8);
		if (!key.what && key.more == 0x0100000000000000ull)
			return 0;
	} else {
		return 0;
	}
	key.who = bpf_get_current_pid_tgid() >> 32;
	key.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	if (again(&key, SECOND))
		return 0;
	s = begin(CONNECT, AT_CONNECT, &off);
	if (!s)
		return 0;
	e = &s->event;
	addresses(e, sk);
	executable(s, AT_CONNECT, &off);
	end(s, off);
	return 0;
}

#if defined(__TARGET_ARCH_x86)
enum { NR_OPEN = 2, NR_CREAT = 85, NR_PTRACE = 101, NR_INIT_MODULE = 175, NR_OPENAT = 257, NR_UNSHARE = 272, NR_SETNS = 308, NR_FINIT_MODULE = 313, NR_OPENAT2 = 437 };
#define NUMBER(r) BPF_CORE_READ(r, orig_ax)
#define ARG0(r) BPF_CORE_READ(r, di)
#define ARG1(r) BPF_CORE_READ(r, si)
#define ARG2(r) BPF_CORE_READ(r, dx)
#define IS32(t) (BPF_CORE_READ(t, thread_info.status) & 2)
#elif defined(__TARGET_ARCH_arm64)
enum { NR_OPEN = 100000, NR_CREAT = 100001, NR_OPENAT = 56, NR_UNSHARE = 97, NR_INIT_MODULE = 105, NR_PTRACE = 117, NR_SETNS = 268, NR_FINIT_MODULE = 273, NR_OPENAT2 = 437 };
#define NUMBER(r) BPF_CORE_READ(r, syscallno)
#define ARG0(r) BPF_CORE_READ(r, orig_x0)
#define ARG1(r) BPF_CORE_READ(r, regs[1])
#define ARG2(r) BPF_CORE_READ(r, regs[2])
#define IS32(t) (BPF_CORE_READ(t, thread_info.flags) & (1 << 22))
#endif

#define O_WRITES 03 /* O_WRONLY | O_RDWR */
#define FMODE_WRITE 2
#define FMODE_CREATED 0x100000
#define NAMESPACES 0x7e020080 /* CLONE_NEW.. */
#define PTRACE_ATTACH 16
#define PTRACE_SEIZE 0x4206

/* below reports whether the first directory of the path is one of those to watch. */
static __always_inline bool below(struct scratch *s, __u32 at)
{
	struct top key = {};
	bool ended = false;
	if (at > MAX_DATA - 1)
		return false;
	bpf_probe_read_kernel(key.name, sizeof(key.name) - 1, &s->event.data[bounded(at + 1, MAX_DATA)]);
#pragma unroll
	for (int i = 0; i < 16; i++) {
		ended = ended || key.name[i] == '/';
		if (ended)
			key.name[i] = 0;
	}
	return bpf_map_lookup_elem(&tops, &key) != 0;
}

/* opened tells of a regular file that was opened to be written. */
static __always_inline void opened(struct task_struct *task, __s64 fd)
{
	__u32 off = 0, at;
	char none = 0;
	struct told key = { .kind = OPEN };
	struct scratch *s;
	struct file *f;
	struct inode *inode;
	__u32 mode;

	if (fd < 0)
		return;
	f = file_of(task, fd);
	if (!f)
		return;
	mode = BPF_CORE_READ(f, f_mode);
	inode = BPF_CORE_READ(f, f_inode);
	if (!(mode & FMODE_WRITE) || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
		return;
	key.who = bpf_get_current_pid_tgid() >> 32;
	key.what = BPF_CORE_READ(inode, i_ino);
	key.more = (__u64)BPF_CORE_READ(inode, i_sb);
	if (again(&key, SECOND))
		return;
	s = begin(OPEN, AT_SYSCALL, &off);
	if (!s)
		return;
	if (mode & FMODE_CREATED)
		s->event.flags |= CREATED;
	at = off;
	/* The object stands before the executable: it is what may be left out. */
	s->event.object = put_file(s, AT_SYSCALL, &off, f);
	if (off > MAX_DATA - 1)
		return;
	bpf_probe_read_kernel(&s->event.data[bounded(off, MAX_DATA)], 1, &none);
	if (!below(s, at))
		return;
	executable(s, AT_SYSCALL, &off);
	end(s, off);
}

static __always_inline void called(int kind, struct task_struct *task, struct pt_regs *regs, __s64 ret)
{
	__u32 off = 0;
	struct scratch *s = begin(kind, AT_SYSCALL, &off);
	if (!s)
		return;
	s->event.ret = ret;
	switch (kind) {
	case PTRACE:
		s->event.arg = ARG0(regs);
		s->event.target = ARG1(regs);
		break;
	case SETNS:
		s->event.arg = ARG1(regs);
		break;
	case UNSHARE:
		s->event.arg = ARG0(regs);
		break;
	case MODULE:
		if (NUMBER(regs) == NR_FINIT_MODULE)
			s->event.object = put_file(s, AT_SYSCALL, &off, file_of(task, ARG0(regs)));
		break;
	}
	executable(s, AT_SYSCALL, &off);
	end(s, off);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_syscall, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	int kind = 0;

	switch ((long)NUMBER(regs)) {
	case NR_OPEN:
		if (!(ARG1(regs) & O_WRITES))
			return 0;
		kind = OPEN;
		break;
	case NR_OPENAT:
		if (!(ARG2(regs) & O_WRITES))
			return 0;
		kind = OPEN;
		break;
	case NR_CREAT:
	case NR_OPENAT2:
		kind = OPEN;
		break;
	case NR_PTRACE:
		if (ARG0(regs) != PTRACE_ATTACH && ARG0(regs) != PTRACE_SEIZE)
			return 0;
		kind = PTRACE;
		break;
	case NR_INIT_MODULE:
	case NR_FINIT_MODULE:
		kind = MODULE;
		break;
	case NR_SETNS:
		kind = SETNS;
		break;
	case NR_UNSHARE:
		if (!(ARG0(regs) & NAMESPACES))
			return 0;
		kind = UNSHARE;
		break;
	default:
		return 0;
	}
	task = (void *)bpf_get_current_task();
	if (!wants(kind) || IS32(task))
		return 0;
	if (kind == OPEN)
		opened(task, ret);
	else
		called(kind, task, regs, ret);
	return 0;
}

SEC("tp_btf/cap_capable")
int BPF_PROG(on_capable, const struct cred *cred, struct user_namespace *target, const struct user_namespace *in, int cap, int ret)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 off = 0;
	struct told key = { .kind = CAPABILITY };
	struct css_set *set;
	struct scratch *s;

	if (!wants(CAPABILITY) || cap < 0 || cap > 63)
		return 0;
	set = BPF_CORE_READ(task, cgroups);
	key.who = (__u64)set; /* those of a container share one, as a rule */
	key.port = cap;
	key.what = ret != 0;
	/* What an engine does as root of the machine, before the program of the container runs,
	 * hides nothing that the program does with less. */
	bpf_probe_read_kernel(&key.more, 8, (char *)cred + bpf_core_field_offset(struct cred, cap_effective));
	if (again(&key, 600 * SECOND))
		return 0;
	s = begin(CAPABILITY, AT_CAPABILITY, &off);
	if (!s || !s->event.container)
		return 0;
	s->event.capability = cap;
	s->event.ret = ret;
	executable(s, AT_CAPABILITY, &off);
	end(s, off);
	return 0;
}
