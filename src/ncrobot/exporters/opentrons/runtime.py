"""The part of an exported file that keeps the time on the robot: it is the same in every file."""

TIMETABLE = '''\
class Timetable:
    """Starts operations at their planned times, counted from the first one, and keeps their lags.

    Early: it waits. Late: it goes on at once, but never before the least time since an earlier
    operation has passed, and it tells if that made a time too long. In an analysis nothing waits.
    """

    def __init__(self, protocol):
        self.protocol = protocol
        self.zero_s = time.monotonic()
        self.began_s = {}
        self.ended_s = {}

    def begin(self, name, due_s, what, lags=()):
        """Wait for the moment of an operation; a lag is (earlier one, its end, least, most)."""
        for before, point, least_s, _ in lags:
            due_s = max(due_s, self.since(before, point) + least_s)
        self.wait_until(due_s)
        now_s = self.now_s()
        self.protocol.comment(f"{clock(now_s)} {name}: {what}")
        for before, point, _, most_s in lags:
            value_s = now_s - self.since(before, point)
            if most_s is not None and value_s > most_s + 1 and not self.protocol.is_simulating():
                self.protocol.comment(
                    f"LATE {name}: {value_s:.0f} s after the {point} of {before}, "
                    f"at most {most_s:.0f} s were asked"
                )
        self.began_s[name] = self.ended_s[name] = now_s

    def end(self, name):
        """An operation is over."""
        self.ended_s[name] = self.now_s()

    def since(self, name, point):
        return (self.began_s if point == "start" else self.ended_s)[name]

    def now_s(self):
        return time.monotonic() - self.zero_s

    def wait_until(self, due_s):
        left_s = due_s - self.now_s()
        if left_s > 0 and not self.protocol.is_simulating():
            self.protocol.delay(seconds=left_s)


def clock(time_s):
    """Seconds as h:mm:ss."""
    return f"{int(time_s) // 3600}:{int(time_s) // 60 % 60:02d}:{int(time_s) % 60:02d}"
'''
