import pytest
import torch

from core.teachers.augmentation import augmented


def test_no_augmentation_leaves_the_images_alone():
    pixels = torch.rand(4, 1, 8, 8)
    generator = torch.Generator().manual_seed(0)
    assert augmented(pixels, generator) is pixels


def test_a_tiny_augmentation_changes_next_to_nothing():
    pixels = torch.rand(4, 1, 8, 6)
    found = augmented(pixels, torch.Generator().manual_seed(0), shift=1e-5, rotation=1e-5)
    assert torch.allclose(found, pixels, atol=1e-3)


def test_a_shift_is_counted_in_pixels():
    generator = torch.Generator().manual_seed(0)
    across, down = (torch.rand((3, 1), generator=generator) * 2 - 1)[1:, 0] * 2
    ramps = torch.stack(torch.meshgrid(torch.arange(9.0), torch.arange(7.0), indexing="ij"))
    found = augmented(ramps[None], torch.Generator().manual_seed(0), shift=2.0)
    moved = found[0] - ramps
    assert torch.allclose(moved[0, 3:6, 3:4], down, atol=1e-4)
    assert torch.allclose(moved[1, 3:6, 3:4], across, atol=1e-4)


def test_a_turn_keeps_lengths_in_images_that_are_not_square():
    # a quarter turn about the middle of a 9 x 5 image takes (row 4, column 3) above or below it
    generator = torch.Generator().manual_seed(0)
    drawn = float(torch.rand((3, 1), generator=generator)[0, 0] * 2 - 1)
    image = torch.zeros(1, 1, 9, 5)
    image[0, 0, 4, 3] = 1
    begun = torch.Generator().manual_seed(0)
    turned = augmented(image, begun, rotation=90 / abs(drawn))[0, 0]
    assert turned[3, 2] + turned[5, 2] == pytest.approx(1, abs=1e-4)


def test_a_crop_moves_whole_pixels_and_uncovers_black():
    image = torch.arange(1.0, 26).reshape(1, 1, 5, 5).expand(64, 1, 5, 5)
    found = augmented(image, torch.Generator().manual_seed(0), crop=2)
    places = set()
    for moved in found[:, 0]:
        row, column = (int(place) for place in (moved == 13).nonzero()[0])  # the middle
        places.add((row, column))
        down, right = row - 2, column - 2
        for r in range(5):
            for c in range(5):
                inside = 0 <= r - down < 5 and 0 <= c - right < 5
                assert moved[r, c] == (image[0, 0, r - down, c - right] if inside else 0)
    assert len(places) > 15  # of 25


def test_about_half_of_the_images_are_mirrored():
    image = torch.rand(1, 3, 4, 5).expand(400, 3, 4, 5)
    found = augmented(image, torch.Generator().manual_seed(0), flip=True)
    mirrored = (found == image.flip(3)).flatten(1).all(1)
    kept = (found == image).flatten(1).all(1)
    assert (mirrored ^ kept).all()
    assert 160 < int(mirrored.sum()) < 240
