# SPDX-License-Identifier: BSD-2-Clause
# What tests of real guests share: the files that scripts/guests fetches, whose directory is in
# GUEST_FILES. Without them nothing is tested, and the program says so.
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import bulkhead


def fetched(name):
    path = os.path.join(os.environ["GUEST_FILES"], name)
    if not os.path.exists(path):
        print("1..0 # SKIP not fetched: scripts/guests " + os.environ["GUEST_FILES"])
        sys.exit(0)
    return os.path.abspath(path)


class Test(bulkhead.Test):
    def place(self, name):
        return os.path.join(self.folder.name, name)

    def hvbuild(self, *arguments):
        return subprocess.run([os.environ["HVBUILD"], *arguments], text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=900)
