# SPDX-License-Identifier: BSD-2-Clause
# What tests of real guests share: the files that scripts/guests fetches, whose directory is in
# GUEST_FILES. Without them nothing is tested, and the program says so.
import os
import re
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import bulkhead


def fetched(name):
    path = os.path.join(os.environ["GUEST_FILES"], name)
    if not os.path.exists(path):
        print("1..0 # SKIP not fetched: scripts/guests " + os.environ["GUEST_FILES"])
        sys.exit(0)
    return os.path.abspath(path)


class Test(bulkhead.Test):
    def run_until(self, pattern, image, *options, patience=250):
        """What `hvbuild run` shows until a line matches, when it is ended as by Ctrl-C; `stopped` tells
        whether one did."""
        run = subprocess.Popen([os.environ["HVBUILD"], "run", image, *options], text=True,
                               errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
        timer = threading.Timer(patience, run.terminate)
        timer.start()
        lines, found = [], False
        for line in run.stdout:
            lines.append(line)
            if not found and re.search(pattern, line):
                found = True
                run.terminate()
        timer.cancel()
        run.wait()
        return bulkhead.Console("".join(lines), found)

    def place(self, name):
        return os.path.join(self.folder.name, name)

    def sample(self, name):
        """The system.yaml of a sample. Its paths lead to build/ beside the samples: the same tree, made
        of links."""
        root = self.place("tree")
        os.makedirs(os.path.join(root, "samples"))
        shutil.copytree(os.path.join(os.environ["SOURCE_ROOT"], "samples", name),
                        os.path.join(root, "samples", name))
        os.symlink(os.environ["BUILD_ROOT"], os.path.join(root, "build"))
        return os.path.join(root, "samples", name, "system.yaml")

    def hvbuild(self, *arguments):
        return subprocess.run([os.environ["HVBUILD"], *arguments], text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=900)
