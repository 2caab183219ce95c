#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The example Makefile builds a partition outside the tree, from pkg-config alone, and it boots.
import os
import shutil
import subprocess

from bulkhead import Test

t = Test()
folder = os.path.join(t.folder.name, "elsewhere")
shutil.copytree(os.path.join(os.environ["SOURCE_ROOT"], "samples", "external"), folder)
command = ["make", "-C", folder, "HVBUILD=" + os.environ["HVBUILD"],
           "PKG_CONFIG_PATH=" + os.path.join(os.environ["BUILD_ROOT"], "runtime", "partition")]
run = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
if t.check(run.returncode == 0, "the example Makefile builds a partition outside the tree",
           run.stdout):
    console = t.boot(os.path.join(folder, "external.elf"), until=r"\[blinker\] off")
    t.check(console.stopped, "and it runs", "\n".join(console.lines))
    again = subprocess.run([*command, "-q"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    t.equal(again.returncode, 0, "a second make has nothing to do")
t.done()
