//! A Node addon that allocates native memory, for tests. Built by `addon.js` with `rustc` alone.
//!
//! `module.exports = (how, bytes) => {}`: 0 allocates with `malloc`, 1 maps anonymous memory, 2
//! maps shared memory. What is allocated is written to, and never freed.
//!
//! Without the standard library, which needs libgcc_s: a Node built for musl cannot find it.

#![no_std]

use core::ffi::{c_char, c_int, c_void};
use core::panic::PanicInfo;
use core::ptr::null_mut;

#[panic_handler]
fn never(_: &PanicInfo<'_>) -> ! {
    loop {}
}

type Env = *mut c_void;
type Value = *mut c_void;

unsafe extern "C" {
    fn napi_create_function(
        env: Env,
        name: *const c_char,
        length: usize,
        callback: unsafe extern "C" fn(Env, *mut c_void) -> Value,
        data: *mut c_void,
        result: *mut Value,
    ) -> c_int;
    fn napi_get_cb_info(
        env: Env,
        info: *mut c_void,
        count: *mut usize,
        arguments: *mut Value,
        this: *mut Value,
        data: *mut *mut c_void,
    ) -> c_int;
    fn napi_get_value_int64(env: Env, value: Value, result: *mut i64) -> c_int;
    fn malloc(size: usize) -> *mut c_void;
    fn mmap(at: *mut c_void, size: usize, rights: c_int, flags: c_int, file: c_int, offset: i64) -> *mut c_void;
}

const READ_WRITE: c_int = 3;
const SHARED: c_int = 1;
const PRIVATE: c_int = 2;
const ANONYMOUS: c_int = 0x20;

unsafe extern "C" fn allocate(env: Env, info: *mut c_void) -> Value {
    let mut count = 2;
    let mut arguments = [null_mut(); 2];
    let (mut how, mut bytes) = (0_i64, 0_i64);
    // SAFETY: all places are of this frame; Node calls with an environment and its own arguments.
    unsafe {
        napi_get_cb_info(env, info, &mut count, arguments.as_mut_ptr(), null_mut(), null_mut());
        napi_get_value_int64(env, arguments[0], &mut how);
        napi_get_value_int64(env, arguments[1], &mut bytes);
    }
    let size = bytes as usize;
    // SAFETY: new memory of this size, which is written to if there is any.
    unsafe {
        let block = match how {
            0 => malloc(size),
            1 => mmap(null_mut(), size, READ_WRITE, PRIVATE | ANONYMOUS, -1, 0),
            _ => mmap(null_mut(), size, READ_WRITE, SHARED | ANONYMOUS, -1, 0),
        };
        if !block.is_null() && block as isize != -1 {
            block.cast::<u8>().write_bytes(1, size);
        }
    }
    null_mut()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(env: Env, exports: Value) -> Value {
    let mut function = exports;
    // SAFETY: Node calls this once for each environment.
    unsafe { napi_create_function(env, c"allocate".as_ptr(), 8, allocate, null_mut(), &mut function) };
    function
}
