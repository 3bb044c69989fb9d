"""Which soft form of a wide Xor layer learns best? Parity of k of n random bits.

Each net is Xor(n, 16), a Not per neuron, Literals and a class head, trained by RAdam on 512 rows;
the table shows the mean share of 512 other rows that it gets right. Forms: ``product`` of the
masked bits (the multilinear extension of parity), ``plain`` (the paper's: the least magnitude),
``packed`` (plain, margin packed with the mean magnitude). Masks: ``min`` is the paper's min(w, x),
``margin`` is soft_mask_to_false. Starts: ``uniform`` is the paper's U(0, 1), ``sparse`` includes
three inputs per neuron on average (0.501) and leaves the others out clearly (0.1).

    python benchmarks/xor_forms.py [--seeds 4] [--steps 250]
"""

from __future__ import annotations

import argparse

import torch

from db2hdl import nn, ops
from db2hdl.nn import init

NEURONS, ROWS = 16, 512
TASKS = [(2, 8), (4, 8), (2, 12), (3, 12), (2, 32), (3, 32)]
MASKS = {"min": ops.soft_mask_to_false_plain, "margin": ops.soft_mask_to_false}


def packed(x):
    plain = ops.soft_parity_plain(x)
    return ops.margin_pack(plain, plain.detach().sign() * x.abs().mean(-1))


FORMS = {"product": ops.soft_parity, "plain": ops.soft_parity_plain, "packed": packed}


def learn(form, mask, start, k, n, steps, seed):
    """Return the share of test rows that a net trained from this seed gets right."""
    torch.manual_seed(seed)
    x = torch.randint(2, (2 * ROWS, n)) - 0.5
    label = 1 - (x[:, :k] > 0).sum(-1) % 2
    sparse = init.bernoulli(3 / n, 0.1, 0.501)
    w = (init.uniform_range() if start == "uniform" else sparse)((NEURONS, n)).float() - 0.5
    invert = init.uniform_range(0.49, 0.51)((NEURONS,)).float() - 0.5
    head = nn.Sequential(nn.Literals(), nn.ClassHead(2))
    optimiser = torch.optim.RAdam([w.requires_grad_(), invert.requires_grad_()], lr=0.03)

    def scores(rows):
        parity = FORMS[form](MASKS[mask](w, rows.unsqueeze(-2)))
        return head(ops.soft_not(invert, parity)) / NEURONS**0.5

    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(scores(x[:ROWS]), label[:ROWS])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return (scores(x[ROWS:]).argmax(-1) == label[ROWS:]).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=250)
    arguments = parser.parse_args()
    columns = [(form, mask) for form in FORMS for mask in MASKS]
    print("| k of n | start | " + " | ".join(f"{form}, {mask}" for form, mask in columns) + " |")
    print("|---|---|" + "---|" * len(columns))
    for k, n in TASKS:
        for start in ("uniform", "sparse"):
            cells = []
            for form, mask in columns:
                right = [
                    learn(form, mask, start, k, n, arguments.steps, seed)
                    for seed in range(arguments.seeds)
                ]
                cells.append(f"{100 * sum(right) / len(right):.1f}")
            print(f"| {k} of {n} | {start} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
