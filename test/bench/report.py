"""The table at the end of the benchmark."""
import statistics

_MIB = 1 << 20


def _median(pairs, recorder, key):
    values = [pair[recorder][key] for pair in pairs if pair[recorder][key] is not None]
    return statistics.median(values) if values else None


def _worst(pairs, recorder, key):
    values = [pair[recorder][key] for pair in pairs if pair[recorder][key] is not None]
    return max(values) if values else None


def _sum(pairs, recorder, key):
    return sum(pair[recorder][key] for pair in pairs)


def _text(value, unit, scale=1.0, digits=2):
    return '-' if value is None else f'{value / scale:.{digits}f} {unit}'.rstrip()


def _rows(result):
    pairs = result['pairs']
    slow = result['slow_disk']

    def both(name, of, key, *form):
        return (name, *(_text(of(pairs, recorder, key), *form) for recorder in ('plain', 'mini_dvr')))

    def counts(name, key):
        return (name, *(str(_sum(pairs, recorder, key)) for recorder in ('plain', 'mini_dvr')))

    yield both('CPU per recorded minute, median', _median, 'cpu_seconds_per_minute', 's')
    yield both('peak memory, all its processes', _worst, 'peak_memory_bytes', 'MiB', _MIB, 1)
    yield both('start command to first frame on disk, median', _median, 'first_frame_ms', 'ms', 1, 0)
    yield both('sample time - capture time: worst', _worst, 'deviation_worst_ms', 'ms')
    yield both('sample time - capture time: typical (rms), median', _median, 'deviation_rms_ms', 'ms')
    yield counts('frames recorded', 'frames')
    yield counts('frames missing of all that the camera made', 'missing')
    yield counts('frames missing of those that the other one has', 'lost')
    yield counts('frames doubled', 'doubled')
    yield counts('samples that are no camera frame', 'no_camera_frame')
    yield both('bytes written per byte of video, median', _median, 'bytes_written_per_video_byte', '', 1, 4)

    rate = result['slow_disk_bytes_per_second'] / 1e6
    name = f'disk of {rate:.0f} MB/s, {result["slow_disk_segment_seconds"]} s segments: '

    def on_slow_disk(text, key):
        return (name + text, *(str(slow[recorder][key]) for recorder in ('plain', 'mini_dvr')),
                str(slow['plain_faststart'][key]))

    yield on_slow_disk('frames lost', 'lost')
    yield on_slow_disk('bytes written per byte of video', 'bytes_written_per_video_byte')


def print_report(result):
    pairs = result['pairs']
    rows = [('', 'plain ffmpeg', 'Mini-DVR', 'ffmpeg +faststart')]
    rows += [(*row, '')[:4] for row in _rows(result)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    print(f'{result["input"]["resolution"]}, {result["input"]["fps"]} fps, {len(pairs)} recordings of '
          f'{result["seconds"]} s, both at the same time')
    for row in rows:
        print('  '.join([row[0].ljust(widths[0])] +
                        [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]).rstrip())
    ratios = [pair['cpu_ratio'] for pair in pairs]
    print(f'\nCPU of Mini-DVR over plain ffmpeg: median {statistics.median(ratios):.2f} '
          f'(from {min(ratios):.2f} to {max(ratios):.2f})')
    ustreamer = statistics.median(pair['ustreamer_cpu_seconds_per_minute'] for pair in pairs)
    print(f'CPU of ustreamer and the virtual camera, with both as clients: {ustreamer:.2f} s per minute')
    print(f'Memory of mini-dvr itself while recording, peak: '
          f'{result["mini_dvr_peak_memory_bytes"] / _MIB:.1f} MiB')
    idle = result['idle']
    print(f'Idle, with preview: {idle["cpu_percent_of_a_core"]:.2f} % of a core, '
          f'{idle["resident_bytes"] / _MIB:.1f} MiB')
