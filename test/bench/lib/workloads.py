"""Real programs that benchmarks run: how they are built, and what they do."""

import dataclasses
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TESTS, "conformance"))
from commands import Failure  # noqa: E402 (the folder is needed first)
from programs import fetch  # noqa: E402

PORTS = os.path.join(TESTS, "sanitizer", "ports")


@dataclasses.dataclass(frozen=True)
class Program:
    """A package of Debian's and the shell command that builds it, with $CC, $CFLAGS
    and $PORTS, in a copy of its source."""
    package: str
    command: str


@dataclasses.dataclass(frozen=True)
class Load:
    """What is run: a command whose first word lies in the built source, reading one of
    the inputs. If it is a server, `drive` gives it work, and lets it end, unless it ends
    `by_signal` SIGTERM."""
    name: str
    command: list
    stdin: str = "nothing"
    drive: object = None
    by_signal: bool = False


PROGRAMS = {
    "zlib": Program("zlib", "$CC $CFLAGS -w -DHAVE_UNISTD_H -D_LARGEFILE64_SOURCE -I. *.c "
                    "test/minigzip.c -o minigzip"),
    "lz4": Program("lz4", "$CC $CFLAGS -w -Ilib lib/*.c programs/*.c -o lz4-cli"),
    "libpng": Program("libpng1.6", "cp scripts/pnglibconf.h.prebuilt pnglibconf.h && rm pngtest.c "
                      "&& $CC $CFLAGS -w -DPNG_INTEL_SSE_OPT=0 -I. png*.c $PORTS/run_libpng.c "
                      "-lz -lm -o run"),
    "redis": Program("redis", "make -j2 -C src redis-server redis-benchmark redis-cli MALLOC=libc "
                     "USE_SYSTEMD=no OPTIMIZATION=-O2 REDIS_CFLAGS=\"$CFLAGS -w\" "
                     "REDIS_LDFLAGS=\"$CFLAGS\" CC=\"$CC\""),
    "mosquitto": Program("mosquitto", "make -j2 binary WITH_TLS=no WITH_CJSON=no WITH_DOCS=no "
                         "WITH_SYSTEMD=no WITH_STATIC_LIBRARIES=yes WITH_SHARED_LIBRARIES=no "
                         "WITH_STRIP=no CFLAGS=\"$CFLAGS -w\" LDFLAGS=\"$CFLAGS\""),
}
CHECKED = "-O2 -fcopier -fsanitize=copier"
FLAGS = {"plain": "-O2", "asan": "-O2 -fsanitize=address", "idle": "-O2 -fsanitize=copier",
         "copier": CHECKED, "port": "-O2 -fsanitize=copier", "function": CHECKED,
         "program": f"{CHECKED} -fcopier-scope=program",
         "lto": f"{CHECKED} -fcopier-scope=program -flto"}


def patch_of(name):
    """The patch that ports it by hand; None if there is none."""
    path = os.path.join(PORTS, f"{name}.patch")
    return path if os.path.exists(path) else None


def build(name, kind, prefix, work):
    """Builds it in WORK/built/NAME/KIND, unless that has been done with the same tools."""
    folder = os.path.join(work, "built", name, kind)
    stamp = os.path.join(folder, "built-with")
    tools = " ".join(str(os.stat(os.path.join(prefix, "lib", *path)).st_mtime_ns) for path in
                     (("libcopier.so",), ("copier", "CopierGen.so"),
                      ("copier", "CopierSanitizer.so"))) if kind not in ("plain", "asan") else ""
    if os.path.exists(stamp) and open(stamp, encoding="utf-8").read() == tools:
        return
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(fetch(PROGRAMS[name].package, work), folder, symlinks=True)
    if kind == "port":
        subprocess.run(["patch", "-s", "-p1", "-d", folder, "-i", patch_of(name)], check=True)
    compiler = "clang-22" if not tools else os.path.join(prefix, "bin", "copier-clang")
    done = subprocess.run(["sh", "-c", PROGRAMS[name].command], cwd=folder, capture_output=True,
                          text=True, errors="replace", check=False,
                          env=dict(os.environ, CC=compiler, CFLAGS=FLAGS[kind], PORTS=PORTS,
                                   AR="llvm-ar-22", RANLIB="llvm-ranlib-22"))
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"cannot build {name} ({kind}): {last}")
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(tools)


def make_text(n):
    """Words by a seed, in sentences that come again: about as compressible as prose."""
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlucmfw", k=chance.randint(1, 9)))
             for _ in range(4000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    text = " ".join(chance.choices(words, weights, k=n // 5 + 1))
    return text[:n].encode()


def make_inputs(folder, quick):
    """Files for stdin, by name."""
    compress = {"gz": ["gzip", "-6"], "lz4": ["lz4", "-1"]}
    text = make_text(200_000 if quick else 2_000_000)
    inputs = {"nothing": os.devnull}
    for name, times in (("text", 1), ("long", 1 if quick else 20)):
        inputs[name] = os.path.join(folder, name)
        with open(inputs[name], "wb") as file:
            file.write(text * times)
    for name, command in compress.items():
        inputs[name] = os.path.join(folder, name)
        if shutil.which(command[0]) is None:
            raise Failure(f"no {command[0]}: apt-get install {command[0]}")
        with open(inputs["long"], "rb") as given, open(inputs[name], "wb") as file:
            subprocess.run(command, stdin=given, stdout=file, check=True)
    return inputs


def loads_of(name, quick):
    if name == "zlib":
        return [Load("compress", ["minigzip", "-6"], "text"),
                Load("decompress", ["minigzip", "-d"], "gz")]
    if name == "lz4":
        return [Load("compress", ["lz4-cli", "-1", "-c"], "long"),
                Load("compress -9", ["lz4-cli", "-9", "-c"], "text"),
                Load("decompress", ["lz4-cli", "-d", "-c"], "lz4")]
    if name == "libpng":
        times = "1" if quick else "40"
        return [Load("write", ["run", "write", times]), Load("read", ["run", "read", times])]
    requests = 2000 if quick else 100_000
    return [redis_load(64, requests), redis_load(16384, requests // 5)]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def redis_load(size, requests):
    """redis-server, under redis-benchmark's SET and GET of values of this size."""
    port = free_port()
    command = ["src/redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
               "--appendonly", "no"]
    return Load(f"{size} bytes", command, drive=lambda built: drive_redis(
        os.path.join(built, "plain", "src"), port, size, requests))


def drive_redis(tools, port, size, requests):
    client = [os.path.join(tools, "redis-cli"), "-p", port]
    for _ in range(200):
        if subprocess.run(client + ["ping"], capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.05)
    else:
        raise Failure("redis-server does not answer")
    subprocess.run([os.path.join(tools, "redis-benchmark"), "-p", port, "-t", "set,get", "-q",
                    "-n", str(requests), "-d", str(size), "-P", "16", "-r", "1000"],
                   stdout=subprocess.DEVNULL, check=True)
    subprocess.run(client + ["shutdown", "nosave"], capture_output=True, check=False)


def mosquitto_load(size, messages):
    """mosquitto, with four subscribers to messages of this size."""
    port = free_port()
    return Load(f"{size} bytes", ["src/mosquitto", "-p", port], by_signal=True,
                drive=lambda built: drive_mosquitto(os.path.join(built, "plain", "client"), port,
                                                    size, messages))


def wait_for(port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                return
        time.sleep(0.05)
    raise Failure(f"nobody answers at port {port}")


def drive_mosquitto(tools, port, size, messages):
    common = ["-h", "127.0.0.1", "-p", port, "-t", "topic", "-q", "1"]
    wait_for(port)
    # -d: a subscriber says when it has subscribed.
    subscribe = ["stdbuf", "-oL", os.path.join(tools, "mosquitto_sub"), "-d", "-N"]
    subscribers = [subprocess.Popen(subscribe + ["-C", str(messages)] + common,
                                    stdout=subprocess.PIPE) for _ in range(4)]
    try:
        for subscriber in subscribers:
            while b"SUBACK" not in subscriber.stdout.readline():
                if subscriber.poll() is not None:
                    raise Failure("a subscriber of mosquitto has ended")
        readers = [threading.Thread(target=subscriber.communicate) for subscriber in subscribers]
        for reader in readers:
            reader.start()
        for _ in range(messages):
            subprocess.run([os.path.join(tools, "mosquitto_pub"), "-s"] + common,
                           input=bytes(size), check=True)
        for reader in readers:
            reader.join()
    finally:
        for subscriber in subscribers:
            subscriber.kill()
            subscriber.wait()
