import base64
import io

import numpy as np
from PIL import Image

from pages.parts.deepvid.pictures import MOST, over_stroke, pixels, signed, uri


def test_large_pictures_are_thinned_out_and_small_ones_stay():
    assert pixels(np.zeros((2, 3, 224, 224), np.float32)).shape == (2, 56, 56, 3)
    assert max(pixels(np.zeros((1, 1, 65, 65), np.float32)).shape) <= MOST
    exact = np.array([[[[0.0, 1.0], [0.5, 2.0]]]], np.float32)
    np.testing.assert_array_equal(pixels(exact)[0, :, :, 0], [[0, 255], [128, 255]])


def test_a_signed_map_is_blue_against_and_red_for_and_neutral_where_it_says_nothing():
    found = signed(np.array([[-1.0, 0.0, 1.0]]), "light").astype(int)
    against, neither, speaks = found[0]
    assert against[2] > against[0]
    assert speaks[0] > speaks[2]
    assert np.ptp(neither) == 0
    assert (signed(np.zeros((2, 2)), "dark") == signed(np.zeros((2, 2)), "dark")[0, 0]).all()


def test_the_overlay_goes_from_the_strokes_grey_over_red_to_white():
    picture = np.ones((1, 1, 3), np.float32)
    found = over_stroke(np.array([[0.0, 0.5, 1.0]]), picture).astype(int)[0]
    assert np.ptp(found[0]) == 0
    assert found[1].tolist() == [255, 0, 0]
    assert found[2].tolist() == [255, 255, 255]
    binary = over_stroke(np.array([[-1.0, 0.1, 1.0]]), picture, binary=True)[0]
    assert binary[1].tolist() == binary[2].tolist() == [255, 0, 0]
    assert np.isfinite(over_stroke(np.zeros((1, 3)), picture)).all()


def test_a_picture_is_enlarged_pixel_by_pixel():
    image = np.array([[0, 255]], np.uint8)
    file = base64.b64decode(uri(image, 8).partition(",")[2])
    large = np.array(Image.open(io.BytesIO(file)))
    assert large.shape == (4, 8)
    assert set(np.unique(large)) == {0, 255}
