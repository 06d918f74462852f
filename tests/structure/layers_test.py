#!/usr/bin/env python3
"""layers_test.py ROOT: every folder includes only the folders that its library links, and those stand below it.

What may be used is read from CMakeLists.txt: `room(NAME USES ...)`, or target_link_libraries(NAME PUBLIC ...).
"""
import re
import sys
from pathlib import Path

TOPS = ("engine", "nodes", "graphs", "cli")


def rooms_of(root):
    """Names that each folder may use, bottom up; and the folder of each library."""
    uses, folder_of = {}, {}

    def visit(folder):
        text = re.sub(r"#.*", "", (root / folder / "CMakeLists.txt").read_text())
        for sub in re.findall(r"add_subdirectory\((\w+)\)", text):
            visit(f"{folder}/{sub}")
        for name, body in re.findall(r"room\((\w+)([^)]*)\)", text):
            folder_of[name] = folder
            found = re.search(r"USES([\w\s]*?)(?:PUBLIC|PRIVATE|SOURCES)", body)
            uses[folder] = found[1].split() if found else []
        for name, body in re.findall(r"target_link_libraries\((\w+)\s+(?:PUBLIC|INTERFACE|PRIVATE)([\w\s]*)\)", text):
            if name not in folder_of:
                folder_of[name] = folder
                uses[folder] = body.split()

    for top in TOPS:
        visit(top)
    return uses, folder_of


def main(root):
    uses, folder_of = rooms_of(root)
    floor = {folder: i for i, folder in enumerate(uses)}
    groups = {name: uses[folder] for name, folder in folder_of.items() if folder in TOPS or name == "imaging"}
    faults = []

    def allowed(folder):
        found = {folder}
        for name in uses[folder]:
            if name not in folder_of:
                continue
            found.add(folder_of[name])
            found.update(folder_of[part] for part in groups.get(name, []) if part in folder_of)
        return found

    def room_of(path):
        return next((str(p) for p in Path(path).parents if str(p) in uses), None)

    checked = 0
    for folder in uses:
        for used in allowed(folder):
            if floor[used] > floor[folder]:
                faults.append(f"{folder}/CMakeLists.txt: uses {used}, which stands above it")
    for path in sorted(p for top in TOPS for p in (root / top).rglob("*") if p.suffix in (".h", ".cpp")):
        here = str(path.relative_to(root))
        room = room_of(here)
        for included in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            checked += 1
            target = room_of(included)
            if target is None:
                faults.append(f"{here}: includes {included}, which is in no folder of {', '.join(TOPS)}")
            elif target not in allowed(room):
                faults.append(f"{here}: includes {included}, but {room} does not link {target}")
    print("\n".join(faults) if faults else f"{checked} includes in {len(uses)} folders, none upward")
    return 1 if faults or checked < 500 else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
