//! The allocator: large blocks come straight from the kernel, in huge pages where it has them.
//!
//! An analysis is a dozen columns of megabytes. Through the C library each of them is touched
//! page by page for the first time, which took a third of the processor time, and what is freed
//! may stay with the process. In pages of 2 MiB the first touch costs next to nothing, and what
//! is freed is gone at once. Everything else, and every other platform, uses the C library.

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: large::Allocator = large::Allocator;

#[cfg(target_os = "linux")]
mod large {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::ptr;

    /// From this size on a block is a mapping of its own. Below, the mapping would cost more
    /// than it saves.
    const LARGE: usize = 1 << 20;
    /// The smallest page of all platforms: mappings are aligned to it at least.
    const PAGE: usize = 4096;

    pub(super) struct Allocator;

    fn is_large(layout: Layout) -> bool {
        layout.size() >= LARGE && layout.align() <= PAGE
    }

    /// Returns zeroed memory, null if there is none.
    fn map(size: usize) -> *mut u8 {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches nothing.
        let start = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        // SAFETY: the range was just mapped. It is a wish: the result does not matter.
        unsafe { libc::madvise(start, size, libc::MADV_HUGEPAGE) };
        start.cast()
    }

    // SAFETY: blocks of `is_large` layouts are mapped and unmapped, all others are the C
    // library's; a block's layout tells which it is. A mapping is aligned to a page.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if is_large(layout) {
                return map(layout.size());
            }
            // SAFETY: as promised by the caller.
            unsafe { System.alloc(layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            if is_large(layout) {
                return map(layout.size());
            }
            // SAFETY: as promised by the caller.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            if is_large(layout) {
                // SAFETY: `block` is a mapping of this size, and the caller's no more.
                unsafe { libc::munmap(block.cast(), layout.size()) };
                return;
            }
            // SAFETY: as promised by the caller.
            unsafe { System.dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: the caller promises a size that a layout can have.
            let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
            match (is_large(layout), is_large(new)) {
                (false, false) => {
                    // SAFETY: as promised by the caller.
                    unsafe { System.realloc(block, layout, size) }
                }
                (true, true) => {
                    // SAFETY: `block` is a mapping of this size.
                    let moved = unsafe {
                        libc::mremap(block.cast(), layout.size(), size, libc::MREMAP_MAYMOVE)
                    };
                    if moved == libc::MAP_FAILED { ptr::null_mut() } else { moved.cast() }
                }
                _ => {
                    // SAFETY: the layout is valid, see above.
                    let moved = unsafe { self.alloc(new) };
                    if !moved.is_null() {
                        let kept = layout.size().min(size);
                        // SAFETY: both blocks have `kept` bytes, and the new one is new.
                        unsafe { ptr::copy_nonoverlapping(block, moved, kept) };
                        // SAFETY: as promised by the caller.
                        unsafe { self.dealloc(block, layout) };
                    }
                    moved
                }
            }
        }
    }
}
