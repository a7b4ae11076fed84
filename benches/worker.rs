//! The worker of the bench: it ends at once, without a libc, so that what is measured is the launch.
#![no_std]
#![no_main]

use core::arch::asm;

/// Where the kernel starts the program.
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: the system call `exit(0)`; it does not return.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("syscall", in("rax") 60, in("rdi") 0, options(noreturn))
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc 0", in("x8") 93, in("x0") 0, options(noreturn))
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
