import { dlopen, type FFIFunction, FFIType, type Library, read } from 'bun:ffi'

/** Type of the function that tells where `errno` is: `__errno_location` on Linux, `__error` on macOS. */
export const errnoType = { args: [], returns: FFIType.ptr } as const

/**
 * Functions of Linux's C library, be it glibc or musl.
 * @throws Error where there is neither
 */
export function openLibc<Functions extends Record<string, FFIFunction>>(functions: Functions): Library<Functions> {
  try {
    return dlopen('libc.so.6', functions)
  } catch {
    return dlopen(`libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`, functions)
  }
}

/** The number at a place, such as that of `errno`. */
export function valueAt(pointer: Parameters<typeof read.i32>[0] | null): number {
  return pointer === null ? 0 : read.i32(pointer)
}
