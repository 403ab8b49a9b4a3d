//! Reads the memory cgroup of a process, of version 1 or 2: the memory that the container is
//! charged for.

use std::fs;
use std::path::Path;

/// The memory of one cgroup in bytes. A value is `None` if the kernel does not provide it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Cgroup {
    /// Version of the cgroup: 1 or 2.
    pub version: u32,
    /// Path of the group in the namespace of the process.
    pub path: String,
    /// All charged memory (`memory.current`, `memory.usage_in_bytes`).
    pub current: u64,
    /// The limit. `None` if there is none.
    pub limit: Option<u64>,
    /// Anonymous memory of all processes of the group.
    pub anonymous: Option<u64>,
    /// Page cache, including shared memory.
    pub file: Option<u64>,
    /// The part of the page cache that the kernel drops first.
    pub inactive_file: Option<u64>,
    /// Shared memory and `tmpfs`, a part of `file`.
    pub shared: Option<u64>,
    /// Memory of the kernel: page tables, stacks, slabs.
    pub kernel: Option<u64>,
    /// Buffers of sockets.
    pub sockets: Option<u64>,
    /// Number of processes in the group.
    pub processes: Option<u64>,
}

/// Maximum limit in bytes. In version 1, larger numbers mean that there is no limit.
const NO_LIMIT: u64 = 1 << 60;

/// The names of the files of one version.
struct Layout {
    version: u32,
    mounts: &'static [&'static str],
    current: &'static str,
    limit: &'static str,
}

const V1: Layout = Layout {
    version: 1,
    mounts: &["memory"],
    current: "memory.usage_in_bytes",
    limit: "memory.limit_in_bytes",
};
const V2: Layout =
    Layout { version: 2, mounts: &["", "unified"], current: "memory.current", limit: "memory.max" };

/// Reads the memory cgroup in `memberships`, the text of `/proc/PID/cgroup`. `mount`: the mount
/// point of the cgroup file system, usually `/sys/fs/cgroup`. Returns `None` if no memory cgroup
/// can be read.
#[must_use]
pub fn read(memberships: &str, mount: &Path) -> Option<Cgroup> {
    memberships.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (_, controllers, group) = (fields.next()?, fields.next()?, fields.next()?);
        if controllers.is_empty() {
            V2.read(mount, group)
        } else if controllers.split(',').any(|controller| controller == "memory") {
            V1.read(mount, group)
        } else {
            None
        }
    })
}

impl Layout {
    /// Reads the group. In a container, the group is often mounted as the root, although it has
    /// another path on the host.
    fn read(&self, mount: &Path, group: &str) -> Option<Cgroup> {
        let group = group.trim_start_matches('/');
        let is_inside = !Path::new(group).components().any(|part| part.as_os_str() == "..");
        let groups = if is_inside { vec![group, ""] } else { vec![""] };
        let folders = groups.iter().flat_map(|group| {
            self.mounts.iter().map(move |inner| (mount.join(inner).join(group), *group))
        });
        folders.into_iter().find_map(|(folder, group)| self.read_group(&folder, group))
    }

    fn read_group(&self, folder: &Path, group: &str) -> Option<Cgroup> {
        let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
        let number = |name: &str| text(name)?.trim().parse::<u64>().ok();
        let statistics = text("memory.stat").unwrap_or_default();
        let of = |name: &str| statistic(&statistics, name);
        let group = Cgroup {
            version: self.version,
            path: format!("/{group}"),
            current: number(self.current)?,
            limit: number(self.limit).filter(|&limit| limit < NO_LIMIT),
            processes: text("cgroup.procs").map(|list| list.lines().count() as u64),
            ..Cgroup::default()
        };
        Some(if self.version == 2 {
            Cgroup {
                anonymous: of("anon"),
                file: of("file"),
                inactive_file: of("inactive_file"),
                shared: of("shmem"),
                kernel: of("kernel").or_else(|| kernel_parts(&statistics)),
                sockets: of("sock"),
                ..group
            }
        } else {
            Cgroup {
                anonymous: of("total_rss").or_else(|| of("rss")),
                file: of("total_cache").or_else(|| of("cache")),
                inactive_file: of("total_inactive_file").or_else(|| of("inactive_file")),
                shared: of("total_shmem").or_else(|| of("shmem")),
                kernel: number("memory.kmem.usage_in_bytes"),
                sockets: number("memory.kmem.tcp.usage_in_bytes"),
                ..group
            }
        })
    }
}

/// Returns the sum of the parts of the kernel's memory. Kernels before 5.18 do not provide the sum.
fn kernel_parts(statistics: &str) -> Option<u64> {
    let parts = ["kernel_stack", "pagetables", "slab", "percpu"];
    let known = parts.iter().filter_map(|name| statistic(statistics, name));
    known.reduce(u64::saturating_add)
}

/// Returns the number in the line `name 123`.
fn statistic(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    struct Mount(PathBuf);

    impl Drop for Mount {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn mount(name: &str, files: &[(&str, &str)]) -> Mount {
        let root =
            std::env::temp_dir().join(format!("ledger-cgroup-{}-{name}", std::process::id()));
        for (file, text) in files {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Mount(root)
    }

    #[test]
    fn version_2_is_read() {
        let mount = mount(
            "v2",
            &[
                ("app/memory.current", "1000\n"),
                ("app/memory.max", "max\n"),
                (
                    "app/memory.stat",
                    "anon 400\nfile 500\nkernel 90\nsock 10\nshmem 5\ninactive_file 300\n",
                ),
                ("app/cgroup.procs", "1\n2\n"),
            ],
        );
        let group = read("0::/app\n", &mount.0).unwrap();
        assert_eq!((group.version, group.current, group.limit), (2, 1000, None));
        assert_eq!((group.anonymous, group.file, group.kernel), (Some(400), Some(500), Some(90)));
        assert_eq!((group.sockets, group.processes), (Some(10), Some(2)));
    }

    #[test]
    fn version_1_is_read_and_its_largest_number_is_no_limit() {
        let mount = mount(
            "v1",
            &[
                ("memory/app/memory.usage_in_bytes", "1000\n"),
                ("memory/app/memory.limit_in_bytes", "9223372036854771712\n"),
                ("memory/app/memory.stat", "cache 1\nrss 2\ntotal_cache 30\ntotal_rss 40\n"),
            ],
        );
        let group = read("5:cpu:/\n4:memory:/app\n0::/\n", &mount.0).unwrap();
        assert_eq!((group.version, group.current, group.limit), (1, 1000, None));
        assert_eq!((group.anonymous, group.file), (Some(40), Some(30)));
    }

    #[test]
    fn in_a_container_the_group_is_the_root_of_the_mount() {
        let mount = mount("root", &[("memory.current", "7\n"), ("memory.max", "70\n")]);
        for text in ["0::/kubepods/pod1\n", "0::/\n", "0::/../../outside\n"] {
            let group = read(text, &mount.0).unwrap();
            assert_eq!((group.current, group.limit, group.path.as_str()), (7, Some(70), "/"));
        }
    }

    #[test]
    fn older_kernels_have_the_parts_of_the_sum() {
        assert_eq!(kernel_parts("slab 5\nkernel_stack 3\nanon 9\n"), Some(8));
        assert_eq!(kernel_parts("anon 9\n"), None);
    }

    #[test]
    fn nothing_is_made_up() {
        let mount = mount("none", &[("x", "")]);
        for text in ["", "0::/app", "x", "1:memory", "::"] {
            assert_eq!(read(text, &mount.0), None, "{text}");
        }
    }
}
