"""Problems for the tests of the timetable room, and a check that shares nothing with it."""

import random

from ncrobot.timetable import Block, Problem, Task, Window


def small_problem(seed):
    """A few tasks on one to three resources; about half of these problems have no timetable."""
    rng = random.Random(seed)
    resources = ["arm", "reader", "person"][: rng.randint(1, 3)]
    number, jobs = rng.randint(2, 9), rng.randint(1, 4)
    tasks = [
        Task(
            f"t{i}",
            rng.randint(0, 5),
            used := tuple(rng.sample(resources, rng.randint(1, min(2, len(resources))))),
            f"job {rng.randrange(jobs)}" if rng.random() < 0.9 else None,
            rng.choice([0, 0, 0, rng.randint(0, 10)]),
            rng.choice([None, None, None, rng.randint(5, 40)]),
            tuple(rng.choice([0, 0, 1, 4]) for _ in used),
        )
        for i in range(number)
    ]
    windows = []
    for i in range(1, number):
        for _ in range(rng.choice([0, 1, 1, 2])):
            before = f"t{rng.randrange(i)}"
            if rng.random() < 0.4:
                windows.append(Window(before, f"t{i}", rng.randint(-3, 6)))
            else:
                low = rng.randint(-8, 10)
                high = low + rng.choice([0, 0, 1, 3, 8])
                kind = rng.choice(["portion", "order", "sample"])
                target = None if kind == "order" else rng.randint(low, high)
                windows.append(Window(before, f"t{i}", low, high, target, kind))
    blocks = [
        Block(rng.choice(resources), rng.randint(-2, 30), rng.randint(0, 6))
        for _ in range(rng.randint(0, 4))
    ]
    return Problem("small", tuple(tasks), tuple(windows), tuple(blocks))


def combs(wells, *, portions=4, interval=100, tooth=10, tolerance=10, block=(500, 20)):
    """Wells that each get metal, base, portions at an interval, and a sample after the last."""
    tasks, windows = [], []
    for well in range(wells):
        name = f"well {well}"
        steps = ("metal", "base", *(f"p{k}" for k in range(portions)), "sample")
        tasks += [Task(f"{name} {step}", tooth, ("arm",), name) for step in steps]
        windows.append(Window(f"{name} metal", f"{name} base", tooth))
        windows.append(Window(f"{name} base", f"{name} p0", 60, 900))
        for k in range(1, portions):
            at = k * interval
            windows.append(
                Window(f"{name} p0", f"{name} p{k}", at - tolerance, at + tolerance, at, "portion")
            )
        windows.append(Window(f"{name} p{portions - 1}", f"{name} sample", 240, 360, 300, "sample"))
    period, length = block
    blocks = tuple(Block("arm", k * period, length) for k in range(40))
    return Problem("combs", tuple(tasks), tuple(windows), blocks)


def faults(problem, starts):
    """What is wrong with a timetable, in words."""
    found = [
        f"{w.before} -> {w.after}"
        for w in problem.windows
        if not w.low <= starts[w.after] - starts[w.before] <= (10**9 if w.high is None else w.high)
    ]
    busy = {}
    for block in problem.blocks:
        for tick in range(max(block.start, 0), block.start + block.length):
            busy[block.resource, tick] = "a block"
    for task in problem.tasks:
        start = starts[task.name]
        if start < task.release or (task.deadline is not None and start > task.deadline):
            found.append(f"{task.name} at {start}")
        for resource, tail in zip(
            task.resources, task.tails or (0,) * len(task.resources), strict=True
        ):
            for tick in range(start, start + task.duration + tail if task.duration else start):
                if (resource, tick) in busy:
                    found.append(f"{task.name} and {busy[resource, tick]} on {resource} at {tick}")
                busy[resource, tick] = task.name
    return found
