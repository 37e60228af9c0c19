"""The story: two real images go into a store with no configuration and no server, and come back the same.

`KEEP=1` keeps the images; `IMAGE=/path/to/an.iso` takes that one instead of Debian's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from demo import material
from demo.stage import Stage, Unexpected

FOLDER = Path("build/demo")
CD, DISK = "orlop-demo-cd", "orlop-demo-disk"
FROM, TO = 1_000_000, 1_065_536


def obtain(stage: Stage) -> dict[str, str]:
    """Have the images: their files by the ids that they will get."""
    stage.title("A real image: the bootable rescue CD of GRUB, as Debian ships it")
    images = {CD: material.bootable_cd(stage)}
    stage.run(f"ls -l {images[CD]}")
    stage.title("The same as a qcow2 disk")
    if material.has_qemu_img():
        stage.run(f"qemu-img convert -O qcow2 {images[CD]} rescue.qcow2")
        images[DISK] = "rescue.qcow2"
    else:
        stage.left_out("the qcow2 disk: qemu-img is missing; as root, apt-get install qemu-utils")
    return images


def put(stage: Stage, images: dict[str, str]) -> None:
    """Store them."""
    stage.title("Where they go: there is no configuration, so there is one store in your data folder")
    stage.use_the_embedded_default()
    stage.run("orlop stores")
    for image_id in images:
        if stage.succeeds(f"orlop stat {image_id}"):
            stage.run(f"orlop rm --yes {image_id}", "it is still there from the last time")

    stage.title("Put: stored whole or not at all, and only if it is what sha256sum says")
    for image_id, file in images.items():
        digest = stage.run(f"sha256sum {file}").split()[0]
        stage.run(f"orlop put {file} --id {image_id} --expect sha256:{digest}")
    stage.shown("put, with the digest that sha256sum computed")
    wrong = f"--id orlop-demo-wrong --expect sha256:{'0' * 64}"
    stage.run(f"orlop put {images[CD]} {wrong}", "another digest is refused", exits=5)
    stage.run("orlop stat orlop-demo-wrong", "and nothing of it is there", exits=3)
    stage.shown("put refuses an image with another digest, and leaves nothing of it")

    stage.title("What is there, and how the store is")
    stage.run("orlop ls")
    stage.run(f"orlop stat {CD}")
    stage.run("orlop check")


def get(stage: Stage, images: dict[str, str]) -> None:
    """Read them back, and compare by tools that know nothing of orlop."""
    stage.title("Get: the same bytes, in whole and in part")
    for image_id, file in images.items():
        stage.run(f"orlop get {image_id} -o back-{file}")
        stage.run(f"cmp {file} back-{file} && echo the same")
    if DISK in images:
        stage.run(f"qemu-img check back-{images[DISK]}")
    stage.shown("get gives the same bytes (cmp)")
    stage.run(f"orlop get {CD} --range {FROM}:{TO} -o part")
    stage.run(f"dd if={images[CD]} of=part-by-dd bs=1 skip={FROM} count={TO - FROM} status=none")
    stage.run("cmp part part-by-dd && echo the same")
    stage.shown("get gives the same range as dd")

    stage.title("Verify: read again, and compared with the digests kept with the images")
    stage.run(f"orlop verify {' '.join(images)}")
    stage.shown("verify finds them undamaged")


def damage(stage: Stage) -> None:
    """Find one flipped bit, in a store of its own."""
    stage.title("A flipped bit is found: on a copy, in a store of its own")
    stage.configure_a_second_store("scratch")
    stage.run(f"orlop cp {CD} scratch:", "copied from store to store")
    stage.run(f"orlop verify {CD} --store scratch")
    stage.shown("cp copies from store to store")
    stage.flip_a_bit(f"scratch/{CD}", FROM)
    stage.run(f"orlop verify {CD} --store scratch", "now it is damaged", exits=5)
    stage.run(f"orlop get {CD} --store scratch -o damaged", "and nobody gets it by mistake", exits=5)
    stage.run("ls damaged", "nothing was written", exits=2)
    stage.shown("verify and get find one flipped bit")
    stage.use_the_embedded_default()


def tidy_up(stage: Stage, images: dict[str, str]) -> None:
    """Remove the images, unless they are to stay."""
    if os.environ.get("KEEP") == "1":
        stage.title("The images stay, as KEEP=1 says")
        return
    stage.title("Tidying up")
    stage.run(f"orlop rm --yes {' '.join(images)}")
    stage.run(f"orlop stat {CD}", "it is gone", exits=3)
    stage.shown("rm removes them")


def main() -> int:
    """Play it all, and sum up."""
    stage = Stage(FOLDER)
    try:
        images = obtain(stage)
        put(stage, images)
        get(stage, images)
        damage(stage)
        tidy_up(stage, images)
    except Unexpected as unexpected:
        print(f"\nThe demo has failed: {unexpected}\nIts files are in {FOLDER}.", file=sys.stderr)
        return 1
    stage.sum_up()
    return 0


if __name__ == "__main__":
    sys.exit(main())
