"""The ways in which editors, generators, git and Kubernetes save: each puts a text into a scenario file of a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

_NUMBERS = count(1)


def write_in_place(folder: Path, text: str) -> None:
    (folder / "a.yaml").write_text(text)


def write_in_pieces(folder: Path, text: str) -> None:
    with (folder / "a.yaml").open("w") as file:
        for character in text:
            file.write(character)
            file.flush()


def rename_over(folder: Path, text: str) -> None:
    (folder / "a.yaml~").write_text(text)
    (folder / "a.yaml~").replace(folder / "a.yaml")


def rename_over_with_old_times(folder: Path, text: str) -> None:
    """As ``rsync --times`` and ``cp --preserve`` do: neither time nor size need differ."""
    (folder / "a.yaml~").write_text(text)
    os.utime(folder / "a.yaml~", (1, 1))
    (folder / "a.yaml~").replace(folder / "a.yaml")


def delete_and_write(folder: Path, text: str) -> None:
    (folder / "a.yaml").unlink()
    (folder / "a.yaml").write_text(text)


def replace_folder(folder: Path, text: str) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "a.yaml").write_text(text)


def rename_folders(folder: Path, text: str) -> None:
    new, old = folder.with_name("new"), folder.with_name("old")
    new.mkdir()
    (new / "a.yaml").write_text(text)
    folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old)


def swap_config_map(folder: Path, text: str) -> None:
    """As the kubelet does: ``a.yaml`` leads to ``..data/a.yaml``, and another ``..data`` is put in the place of one."""
    data, link, earlier = folder / f"..{next(_NUMBERS)}", folder / "..data", (folder / "..data").resolve()
    data.mkdir()
    (data / "a.yaml").write_text(text)
    (folder / "..tmp").symlink_to(data.name)
    (folder / "..tmp").replace(link)
    if not (folder / "a.yaml").is_symlink():
        (folder / "a.yaml").unlink(missing_ok=True)
        (folder / "a.yaml").symlink_to("..data/a.yaml")
    if earlier.is_dir() and earlier != link:
        shutil.rmtree(earlier)


def swap_folder_link(folder: Path, text: str) -> None:
    """As deploy scripts do: the folder is a symbolic link to a release."""
    release = folder.with_name(f"release-{next(_NUMBERS)}")
    release.mkdir()
    (release / "a.yaml").write_text(text)
    if not folder.is_symlink():
        shutil.rmtree(folder)
    folder.with_name("link").symlink_to(release.name)
    folder.with_name("link").replace(folder)


def move_away_and_back(folder: Path, text: str) -> None:
    (folder / "a.yaml").rename(folder / "away")
    (folder / "away").write_text(text)
    (folder / "away").rename(folder / "a.yaml")


def check_out(folder: Path, text: str) -> None:
    """As ``git checkout`` does: files are removed and written one by one, unchanged ones are not touched."""
    (folder / "a.yaml").unlink()
    (folder / "b.yaml").unlink(missing_ok=True)
    (folder / f"b{next(_NUMBERS) % 2}.yaml").write_text("scenarios: []\n")
    (folder / "a.yaml").write_text(text)


def add_and_remove_files(folder: Path, text: str) -> None:
    """The scenario moves to a new file, and from there to the next."""
    for path in folder.glob("*.yaml"):
        path.unlink()
    (folder / f"new-{next(_NUMBERS)}.yaml").write_text(text)
    # The other ways begin with this file.
    (folder / "a.yaml").write_text("scenarios: []\n")


WAYS: tuple[Callable[[Path, str], None], ...] = (
    write_in_place,
    write_in_pieces,
    rename_over,
    rename_over_with_old_times,
    delete_and_write,
    move_away_and_back,
    check_out,
    replace_folder,
    rename_folders,
    swap_config_map,
    add_and_remove_files,
    swap_folder_link,
)
