"""What is in recorded files: which frames, and at what times."""
import json
import math
import subprocess

from camera import FRAME_COMMENT

_COMMENT_WITHIN = 1024  # bytes from the start of a frame


class Sample:
    def __init__(self, number, captured, shown, size):
        self.number = number  # of the frame, as the camera counts
        self.captured = captured  # s, on the camera's clock
        self.shown = shown  # s from the start of the file
        self.size = size  # bytes


def read_samples(path):
    """All samples of a file, in order. None stands for one that is no frame of the camera."""
    output = subprocess.run(
        ['ffprobe', '-v', 'error', '-select_streams', 'v', '-show_entries',
         'packet=pts_time,pos,size', '-of', 'json', str(path)],
        check=True, capture_output=True).stdout
    samples = []
    with open(path, 'rb') as file:
        for packet in json.loads(output).get('packets', []):
            file.seek(int(packet['pos']))
            match = FRAME_COMMENT.search(file.read(_COMMENT_WITHIN))
            samples.append(match and Sample(
                int(match[1]), int(match[2]) / 1e6, float(packet['pts_time']), int(packet['size'])))
    return samples


class Recording:
    """The files of one recording, complete or not."""

    def __init__(self, folder, skip=()):
        self.files = sorted(path for path in folder.glob('*.mp4') if path.name not in skip)
        self._samples = {}
        self.unreadable = []
        for file in self.files:
            try:
                self._samples[file] = read_samples(file)
            except subprocess.CalledProcessError:
                self.unreadable.append(file.name)
        self.strangers = sum(sample is None for samples in self._samples.values() for sample in samples)

    def _frames(self, file):
        return [sample for sample in self._samples.get(file, []) if sample is not None]

    def numbers(self):
        return [sample.number for file in self.files for sample in self._frames(file)]

    def video_bytes(self):
        return sum(sample.size for file in self.files for sample in self._frames(file))

    def seconds(self):
        """From the capture of the first frame to that of the last."""
        captured = [sample.captured for file in self.files for sample in self._frames(file)]
        return max(captured) - min(captured) if captured else 0

    def missing(self, delivered=None):
        """Frames between the first and the last that are not there; of those in `delivered`, if given."""
        numbers = set(self.numbers())
        if not numbers:
            return 0
        between = range(min(numbers), max(numbers) + 1)
        return sum(number not in numbers for number in between
                   if delivered is None or number in delivered)

    def doubled(self):
        numbers = self.numbers()
        return len(numbers) - len(set(numbers))

    def deviations(self):
        """Of each sample's time from its capture time, in s, after removing one constant per file."""
        result = []
        for file in self.files:
            offsets = [sample.shown - sample.captured for sample in self._frames(file)]
            if not offsets:
                continue
            mean = math.fsum(offsets) / len(offsets)
            result += [offset - mean for offset in offsets]
        return result


def first_frame_written(folder, skip):
    """Whether a file that is not in `skip` has one whole frame, as the disk has it now."""
    for path in folder.rglob('*.mp4'):
        if path.name in skip:
            continue
        try:
            data = path.read_bytes()
        except OSError:
            continue
        comment = data.find(b'minidvr-frame')
        # In a JPEG's data every ff is followed by 00 or a restart marker: ff d9 is the end.
        if comment >= 0 and data.find(b'\xff\xd9', comment) >= 0:
            return True
    return False
