#!/usr/bin/env python3
"""Draws a benchmark document: libcopier against glibc's memcpy and DPDK, with the
losing rows marked. Needs python3-matplotlib.

usage: plot.py BENCH.json PLOT.svg|PLOT.png
"""

import json
import sys

import matplotlib
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (the backend comes first)

from suite import HEATS, size_text  # noqa: E402
from targets import LOSING, is_losing  # noqa: E402

COLOURS = {0: "tab:blue", 1: "tab:orange", 4: "tab:green"}
STYLES = {"copier": "-", "dpdk": ":"}


def line(axes, rows, engine, window):
    """One line of ratios over sizes, the quartiles shaded."""
    rows = sorted((row for row in rows if row["engine"] == engine and row["window"] == window),
                  key=lambda row: row["size"])
    if not rows:
        return
    sizes = [row["size"] for row in rows]
    colour = COLOURS.get(window, "tab:gray")
    axes.plot(sizes, [row["ratio"]["median"] for row in rows], STYLES[engine], color=colour,
              marker=".", label=f"{engine}, window {window:g}")
    if engine == "copier":
        axes.fill_between(sizes, [row["ratio"]["q1"] for row in rows],
                          [row["ratio"]["q3"] for row in rows], color=colour, alpha=0.15)
        losing = [row for row in rows if is_losing(row)]
        axes.plot([row["size"] for row in losing], [row["ratio"]["median"] for row in losing],
                  "x", color="red", markersize=9)


def draw_matrix(axes, rows, heat):
    rows = [row for row in rows if row["bench"] == "matrix" and row["heat"] == heat]
    for engine in STYLES:
        for window in sorted({row["window"] for row in rows}):
            line(axes, rows, engine, window)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.axhline(LOSING, color="red", linewidth=0.6, linestyle="--")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_major_formatter(lambda value, _: size_text(value))
    losing = sum(is_losing(row) for row in rows if row["engine"] == "copier")
    axes.set_title(f"{heat}: memcpy's time / its time; {losing} cells lose (red)")
    if axes.lines[2:]:
        axes.legend(fontsize=7)


def draw_calls(axes, rows):
    """Bars of nanoseconds, for the calls that are timed on their own."""
    bars = []
    for row in rows:
        if row["bench"] == "submit":
            bars.append((f"submit, bursts of {row['burst']}", row["ns"]))
            bars.append((f"DPDK submit, bursts of {row['burst']}", row.get("dpdk_ns")))
        elif row["bench"] == "csync":
            bars.append((f"csync, {row['state']}", row["ns"]))
        elif row["bench"] == "latency":
            bars.append(("csync of 4 KB beside 64 MB", row["ns"]))
            bars.append(("memcpy of 4 KB beside 64 MB", row["memcpy_ns"]))
    bars = [(name, value) for name, value in reversed(bars) if value]
    medians = [max(value["median"], 0.01) for _, value in bars]
    below = [max(0, median - max(value["q1"], 0.01)) for median, (_, value) in zip(medians, bars)]
    above = [max(0, value["q3"] - median) for median, (_, value) in zip(medians, bars)]
    colours = ["tab:gray" if "DPDK" in name or "memcpy" in name else "tab:blue"
               for name, _ in bars]
    axes.barh([name for name, _ in bars], medians, xerr=[below, above], color=colours)
    axes.set_xscale("log")
    axes.set_title("calls: nanoseconds, median and quartiles")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    figure, axes = pyplot.subplots(2, 2, figsize=(14, 10), constrained_layout=True)
    for heat, one in zip(HEATS, axes.flat):
        draw_matrix(one, document["rows"], heat)
    draw_calls(axes.flat[3], document["rows"])
    machine, peers = document["machine"], document["peers"]
    figure.suptitle(f"libcopier, {peers['memcpy']}, DPDK {peers['dpdk'] or 'absent'} on "
                    f"{machine['cpu']}, {document['date']}" + (", quick" * document["quick"]))
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()
