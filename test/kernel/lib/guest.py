"""Boots a kernel in QEMU, without KVM, and reads what its init reports.

A guest has an initramfs with /init, which is test/kernel/guest, /copier.ko and
/jobs. Kernel messages come from a serial line, reports from QEMU's isa-debugcon; what
they look like, guest/init.c says."""

import os
import re
import shutil
import socket
import subprocess
import time

QEMU = "qemu-system-x86_64"
# All tasks, and what each CPU does.
PANIC_PRINT = 0x41
# On a busy host, a virtual CPU stands still now and then: that is neither a broken
# timer nor a hang of the kernel.
KERNEL_OPTIONS = ("console=ttyS0 panic=-1 oops=panic panic_on_warn=1 loglevel=5 "
                  "no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 "
                  f"unknown_nmi_panic panic_print={PANIC_PRINT}")
# Byte for byte the same in each run.
EXACT_OPTIONS = "nokaslr norandmaps lpj=1000000"
EXACT_ARGUMENTS = ["-accel", "tcg,thread=single", "-smp", "1",
                   "-icount", "shift=0,sleep=off",
                   "-rtc", "base=2020-01-01T00:00:00,clock=vm", "-seed", "42"]
FAST_ARGUMENTS = ["-accel", "tcg,thread=multi", "-smp", "2"]
# The files of a guest's folder.
REPORT, CONSOLE, MONITOR = "report", "console", "monitor"
BOOT_SECONDS = 120
# What init takes to end what a job has left, and a busy host to run it.
GRACE_SECONDS = 90
# Lines of the console that are a failure even if the guest goes on.
COMPLAINTS = re.compile(
    r"BUG:|WARNING:|Oops|Kernel panic|KASAN:|general protection fault|"
    r"possible (?:recursive|circular) locking|inconsistent lock state|"
    r"suspicious RCU usage|bad unlock balance|sleeping function called|"
    r"blocked for more than|rcu.*detected stalls|ODEBUG:|refcount_t:|"
    r"held lock freed|lock held when returning to user space")


class Outcome:
    """What a guest did: the word that init gave each job, and all that it said."""

    def __init__(self, report, console, timed_out):
        self.words = dict(re.findall(r"^<< (\S+) (\w+)$", report, re.MULTILINE))
        self.texts = dict(re.findall(r"^>> (\S+)\n(.*?)(?=^<<|^==|^>>|\Z)", report,
                                     re.MULTILINE | re.DOTALL))
        end = re.findall(r"^== (.*)$", report, re.MULTILINE)
        self.end = end[-1] if end else None
        self.has_begun = "-- init" in report
        self.console = console
        self.complaints = [line.strip() for line in console.splitlines()
                           if COMPLAINTS.search(line)]
        self.timed_out = timed_out

    def failures(self, jobs):
        """One line for everything that is wrong, if `jobs` were to be run."""
        lines = [f"kernel: {line}" for line in self.complaints[:5]]
        for job in jobs:
            word = self.words.get(job)
            if word not in ("passed", "skipped"):
                what = word or ("begun, never ended" if job in self.texts else "not run")
                lines.append(f"{job}: {what}")
        if self.timed_out:
            lines.append("the guest did not end in time")
        elif self.end != "finished":
            lines.append(f"the guest ended early: {self.end or 'no last line'}")
        return lines


def missing():
    """Why there can be no guest, or None."""
    if not shutil.which(QEMU):
        return f"{QEMU} is not installed (package qemu-system-x86)"
    return None


def command(kernel, initramfs, work, cpu, exact, memory):
    """The command line of QEMU, for a guest with so many megabytes. It writes what
    `boot` reads into the folder `work`."""
    append = f"{KERNEL_OPTIONS} {EXACT_OPTIONS}" if exact else KERNEL_OPTIONS
    return [QEMU, *(EXACT_ARGUMENTS if exact else FAST_ARGUMENTS), "-cpu", cpu,
            "-m", str(memory), "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-serial", "stdio", "-debugcon", f"file:{work}/{REPORT}",
            "-monitor", f"unix:{work}/{MONITOR},server=on,wait=off",
            "-kernel", kernel, "-initrd", initramfs, "-append", append]


def boot(arguments, work, limits, grace=GRACE_SECONDS):
    """Runs `command`'s answer until the guest is off, or stands still: until it writes
    nothing for as long as its job may take by `limits`, and `grace` more. On a busy
    host QEMU's two threads now and then end or stop a kernel that still patches its own
    code: a guest that has not come to its init, which loads the module, is booted once
    more, and that is said."""
    outcome = boot_once(arguments, work, limits, grace)
    if outcome.has_begun:
        return outcome
    print("the guest's kernel did not come to its init: booting once more")
    return boot_once(arguments, work, limits, grace)


def boot_once(arguments, work, limits, grace):
    report, console = f"{work}/{REPORT}", f"{work}/{CONSOLE}"
    open(report, "wb").close()
    with open(console, "wb") as output, \
         subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output,
                          stderr=subprocess.STDOUT) as qemu:
        timed_out = not wait_for_end(qemu, report, limits, grace)
        if timed_out:
            make_it_speak(qemu, f"{work}/{MONITOR}")
            qemu.kill()
    return Outcome(read_text(report), read_text(console), timed_out)


def wait_for_end(qemu, report, limits, grace):
    """Waits until the guest is off, or stands still: then the answer is False."""
    text, since = "", time.monotonic()
    while qemu.poll() is None:
        now = read_text(report)
        if now != text:
            text, since = now, time.monotonic()
        begun = [name for name in re.findall(r"^>> (\S+)\n", text, re.MULTILINE)
                 if name in limits]
        limit = limits[begun[-1]] if begun else BOOT_SECONDS
        if time.monotonic() - since > limit + grace:
            return False
        time.sleep(0.2)
    return True


def make_it_speak(qemu, monitor):
    """Says where the CPUs of a guest that stands still are, and has its kernel, if it
    takes NMIs, panic and write what every task and CPU does (PANIC_PRINT)."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(monitor)
            line.sendall(b"info registers -a\n")
            time.sleep(1)
            answer = line.recv(1 << 16).decode(errors="replace")
            print("--- the guest stands still at:")
            print("\n".join(re.findall(r"CPU#\d+|R[IS]P=\S+ .*(?=\r)", answer)))
            line.sendall(b"nmi\n")
            qemu.wait(timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"the guest says no more: {error}")


def read_text(path):
    """What the guest has written."""
    with open(path, "rb") as file:
        return file.read().decode(errors="replace").replace("\r", "")
