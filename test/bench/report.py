"""Prints a benchmark document as tables, each losing row marked."""

from suite import HEATS, size_text
from targets import LOSING, is_losing, label, rows_of

def number(value):
    """Three significant digits, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread_text(value):
    """Median and quartiles; a bare number if it has none."""
    if "q1" not in value:
        return number(value["median"])
    return f"{number(value['median'])} ({number(value['q1'])} to {number(value['q3'])})"


def mark(row):
    """"!" for a losing row, "?" if its confidence interval reaches the limit."""
    if not is_losing(row):
        return " "
    return "?" if row["ratio"]["high"] >= LOSING else "!"


def print_table(rows, left=()):
    """Aligns columns: those numbered in `left` to the left."""
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(rows[0]))]
    for cells in rows:
        padded = [cell.ljust(width) if column in left else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(cells, widths))]
        print(("  " + "  ".join(padded)).rstrip())


def print_matrix(rows, engine):
    chosen = {(row["size"], row["heat"], row["window"]): row for row in rows
              if row["bench"] == "matrix" and row["engine"] == engine}
    if not chosen:
        return
    columns = [(heat, window) for heat in HEATS for window in sorted({key[2] for key in chosen})
               if any(key[1:] == (heat, window) for key in chosen)]
    print(f"\n{engine} against memcpy, memcpy's time / its time, median "
          f"(! loses: below {LOSING}, ? perhaps):")
    table = [["size"] + [f"{heat} {window:g} " for heat, window in columns]]
    for size in sorted({key[0] for key in chosen}):
        cells = [chosen.get((size, *column)) for column in columns]
        table.append([size_text(size)] + [
            f"{row['ratio']['median']:.2f}{mark(row)}" if row else "" for row in cells])
    print_table(table)


def print_calls(rows):
    """What is not the matrix: a line a row."""
    table = []
    for row in rows:
        if row["bench"] == "matrix":
            continue
        value = row.get("ns") or row.get("per_second") or {"median": row.get("share")}
        if value["median"] is None:
            table.append([row["bench"], label(row), "not measurable", "", ""])
            continue
        unit = "ns" if "ns" in row else "/s" if "per_second" in row else "of the bytes"
        ratio = row.get("ratio")
        table.append([row["bench"], label(row), spread_text(value), unit,
                      f"ratio {spread_text(ratio)}{mark(row)}" if ratio else ""])
    if table:
        print("\nmedian (quartiles); ratio: the peer's time / ours, or of rates N threads / 1:")
        print_table(table, left=(0, 1, 3, 4))


def print_losing(rows):
    losing = [row for row in rows_of(rows, "matrix") if is_losing(row)]
    print(f"\nlosing cells: {len(losing)} of {len(rows_of(rows, 'matrix'))}")
    if losing:
        table = [["", "cell", "amemcpy ns", "memcpy ns", "ratio", "pairs"]]
        table += [[mark(row), label(row), spread_text(row["ns"]), spread_text(row["memcpy_ns"]),
                   spread_text(row["ratio"]), str(row["pairs"])] for row in losing]
        print_table(table, left=(1,))


def print_noise(rows):
    ratios = [row["ratio"]["median"] for row in rows if row.get("engine") == "memcpy"]
    if ratios:
        print(f"\nmemcpy against itself: {min(ratios):.3f} to {max(ratios):.3f}")


def print_targets(document):
    print("\ntargets" + (" (too few measurements to judge by)" if document["quick"] else "") + ":")
    table = []
    for target in document["targets"]:
        verdict = {True: "met", False: "NOT MET", None: "open"}[target["met"]]
        if target["met"] is None:
            table.append([verdict, target["target"], target["bound"], target["reason"], ""])
            continue
        where = target["where"]
        if target["rows"] > 1:
            where += f"; {target['failing']} of {target['rows']} fail"
        table.append([verdict, target["target"], target["bound"],
                      spread_text(target["measured"]), where])
    print_table(table, left=(0, 1, 2, 4))


def print_report(document):
    rows = document["rows"]
    machine = document["machine"]
    print(f"\n{machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, "
          f"{document['peers']['memcpy']}, DPDK {document['peers']['dpdk'] or 'absent'}")
    print_calls(rows)
    for engine in ("copier", "asleep", "dpdk"):
        print_matrix(rows, engine)
    print_noise(rows)
    if rows_of(rows, "matrix"):
        print_losing(rows)
    shares = [f"{name} {share:.0%}" for name, share in document["submitted"].items()
              if share is not None]
    if shares:
        print(f"\nsubmitted, of the copies that should be: {', '.join(shares)}")
    print_targets(document)
    for note in document["notes"]:
        print(f"note: {note}")
