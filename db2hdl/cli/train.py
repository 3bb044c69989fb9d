"""``db2hdl train``: from data to a hardened model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from db2hdl.cli.export import Force
from db2hdl.cli.output import Output, check_output
from db2hdl.cli.training import (
    BitColumns,
    Data,
    Epochs,
    InputBits,
    Label,
    LearningRate,
    Problem,
    Seed,
    TestData,
    learn,
    report,
)


def train(
    out: Output,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The .dbnet file to write.", show_default=False)
    ],
    problem: Problem = None,
    data: Data = None,
    label: Label = None,
    test: TestData = None,
    bit_columns: BitColumns = None,
    seed: Seed = 0,
    input_bits: InputBits = 8,
    epochs: Epochs = None,
    lr: LearningRate = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="A file to keep the state of training in.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from --checkpoint.")] = False,
    force: Force = False,
) -> None:
    """Train a net, harden it, and count the bits in which the two differ: none."""
    from db2hdl.model_file import model_hash, save
    from db2hdl_hw.errors import InputError

    check_output(output, [data, test], force=force, folder=False)
    if checkpoint is not None:
        check_output(checkpoint, [data, test, output], force=True, folder=False)
    elif resume:
        raise InputError("--resume needs --checkpoint FILE, the file that training was kept in")
    result = learn(
        out,
        problem,
        data,
        label=label,
        test=test,
        bit_columns=bit_columns or (),
        seed=seed,
        input_bits=input_bits,
        epochs=epochs,
        lr=lr,
        checkpoint=checkpoint,
        resume=resume,
    )
    save(output, result.model, force=force)
    found = {"model": str(output), "model_hash": model_hash(result.hard), "seed": seed}
    out.answer({**found, **result.summary()})
    report(out, result)
    out.say(f"wrote {output}")
