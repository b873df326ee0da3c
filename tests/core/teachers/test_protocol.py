from core.teachers.convnet import ConvNet
from core.teachers.inference import TorchTeacher
from core.teachers.protocol import Capability, Teacher, missing


def test_what_is_missing_is_listed_in_the_glossarys_order():
    can = {Capability.PROBABILITIES, Capability.LAYERS}
    needs = [Capability.CHECKPOINTS, Capability.LAYERS, Capability.GRADIENTS]
    assert missing(can, needs) == (Capability.GRADIENTS, Capability.CHECKPOINTS)


def test_a_teacher_that_can_everything_misses_nothing():
    assert missing(Capability, Capability) == ()


def test_a_torch_teacher_meets_the_protocol():
    assert isinstance(TorchTeacher(ConvNet(1, 3, 4), 3), Teacher)


def test_a_capability_reads_as_its_word():
    assert f"{Capability.GRADIENTS}" == "gradients"
