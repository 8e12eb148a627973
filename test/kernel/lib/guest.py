"""Boots a kernel in QEMU, without KVM, and reads what its init reports.

A guest has an initramfs with /init, which is test/kernel/guest, /copier.ko and
/jobs. Kernel messages come from the first serial line, reports from the second; what
the reports look like, guest/init.c says."""

import os
import re
import shutil
import subprocess

QEMU = "qemu-system-x86_64"
# On a busy host, a virtual CPU stands still now and then: that is neither a broken
# timer nor a hang of the kernel.
KERNEL_OPTIONS = ("console=ttyS0 panic=-1 oops=panic panic_on_warn=1 loglevel=5 "
                  "no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120")
# Byte for byte the same in each run.
EXACT_OPTIONS = "nokaslr norandmaps lpj=1000000"
EXACT_ARGUMENTS = ["-accel", "tcg,thread=single", "-smp", "1",
                   "-icount", "shift=0,sleep=off",
                   "-rtc", "base=2020-01-01T00:00:00,clock=vm", "-seed", "42"]
FAST_ARGUMENTS = ["-accel", "tcg,thread=multi", "-smp", "2"]
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


def command(kernel, initramfs, report, cpu, exact, memory):
    """The command line of QEMU, for a guest with so many megabytes."""
    append = f"{KERNEL_OPTIONS} {EXACT_OPTIONS}" if exact else KERNEL_OPTIONS
    return [QEMU, *(EXACT_ARGUMENTS if exact else FAST_ARGUMENTS), "-cpu", cpu,
            "-m", str(memory), "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-serial", "stdio", "-serial", f"file:{report}",
            "-kernel", kernel, "-initrd", initramfs, "-append", append]


def boot(arguments, report, seconds):
    """Runs `command`'s answer until the guest is off, or for so many seconds. On a busy
    host QEMU's two threads now and then end a kernel that still patches its own code: a
    guest that has not come to its init is booted once more, and that is said."""
    outcome = boot_once(arguments, report, seconds)
    if outcome.has_begun or outcome.timed_out:
        return outcome
    print("the guest's kernel did not come to its init: booting once more")
    return boot_once(arguments, report, seconds)


def boot_once(arguments, report, seconds):
    if os.path.exists(report):
        os.remove(report)
    timed_out = False
    with subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as qemu:
        try:
            console, _ = qemu.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
            qemu.kill()
            console, _ = qemu.communicate()
    text = ""
    if os.path.exists(report):
        with open(report, "rb") as file:
            text = file.read().decode(errors="replace").replace("\r", "")
    return Outcome(text, console.decode(errors="replace").replace("\r", ""), timed_out)
