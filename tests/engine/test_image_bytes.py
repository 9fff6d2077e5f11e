"""How much room images take: by their size before there are any, then as they did."""

from pathlib import Path

from msgspec.structs import replace

from shotmill.engine.image_bytes import bytes_each, some_takes
from shotmill.takes.record import ProjectRecord
from takes.takes_samples import take_entry


def test_larger_images_take_more_room_before_any_is_there(tmp_path: Path) -> None:
    found = [bytes_each([], tmp_path, size) for size in ("512", "1K", "2K", "4K")]
    assert found == sorted(found) and found[3] > 10 * found[1]


def test_the_projects_own_images_tell_with_what_was_kept_of_them_as_received(tmp_path: Path) -> None:
    (tmp_path / "as-received.jpeg").write_bytes(b"x" * 1000)
    one = replace(take_entry("1.1"), bytes=5000, received="as-received.jpeg")
    other = replace(take_entry("1.2", attempt="a2"), bytes=3000, received="gone.jpeg")
    record = ProjectRecord.of([one, other])
    assert bytes_each(some_takes(record.beats), tmp_path, "4K") == 4500
