//! The memory allocator of the addon. It maps large blocks directly, in huge pages if possible.
//!
//! An analysis allocates a dozen arrays of many megabytes. With the allocator of the C library, the
//! page faults at the first access took a third of the processor time, and freed memory may stay
//! resident. With pages of 2 MiB, page faults cost almost nothing, and freed memory is returned to
//! the kernel at once. Smaller blocks, and all blocks on other platforms, are allocated by the C
//! library.

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: large::Allocator = large::Allocator;

#[cfg(target_os = "linux")]
mod large {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::ptr;

    /// Minimum size in bytes of a block that is mapped. For smaller blocks, the mapping costs more
    /// than it saves.
    const MIN_MAPPED_BYTES: usize = 1 << 20;
    /// Size in bytes of the smallest page of all platforms, to which every mapping is aligned.
    const MIN_PAGE_BYTES: usize = 4096;

    pub(super) struct Allocator;

    fn is_large(layout: Layout) -> bool {
        layout.size() >= MIN_MAPPED_BYTES && layout.align() <= MIN_PAGE_BYTES
    }

    /// Returns zeroed memory, or null if the kernel refuses it.
    fn map(size: usize) -> *mut u8 {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: maps new memory at an address that the kernel chooses.
        let start = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        // SAFETY: the range was mapped above. If the advice fails, the pages are small.
        unsafe { libc::madvise(start, size, libc::MADV_HUGEPAGE) };
        start.cast()
    }

    // SAFETY: blocks with an `is_large` layout are mapped and unmapped, and all others belong to
    // the C library. The layout, which the caller passes each time, decides. A mapping is aligned
    // to a page.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if is_large(layout) {
                return map(layout.size());
            }
            // SAFETY: the contract is the same.
            unsafe { System.alloc(layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            if is_large(layout) {
                return map(layout.size());
            }
            // SAFETY: the contract is the same.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            if is_large(layout) {
                // SAFETY: `block` is a mapping of this size, which the caller does not use any
                // more.
                unsafe { libc::munmap(block.cast(), layout.size()) };
                return;
            }
            // SAFETY: the contract is the same.
            unsafe { System.dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: `size` is valid for a layout with this alignment (contract of `realloc`).
            let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
            match (is_large(layout), is_large(new)) {
                (false, false) => {
                    // SAFETY: the contract is the same.
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
                    // SAFETY: the layout is valid, and its size is not zero (contract of
                    // `realloc`).
                    let moved = unsafe { self.alloc(new) };
                    if !moved.is_null() {
                        let length = layout.size().min(size);
                        // SAFETY: both blocks have `length` bytes, and they do not overlap.
                        unsafe { ptr::copy_nonoverlapping(block, moved, length) };
                        // SAFETY: the contract is the same.
                        unsafe { self.dealloc(block, layout) };
                    }
                    moved
                }
            }
        }
    }
}
