"""The files beside the circuit say what the interface says, whatever the features are called."""

import re
from dataclasses import replace

import pytest

from db2hdl_hw.emit import companions as companions_module
from db2hdl_hw.emit.companions import Facts, VectorSet, companions
from db2hdl_hw.emit.interface import Clocking, Coding, InputPort, Interface, OutputPort
from db2hdl_hw.errors import Db2hdlError

FACTS = Facts("parts.csv | *odd*\nname", "90.00 % of 10 rows", "12 cells", "db2hdl 1", "a = 1.")
SETS = (VectorSet("test", "Test rows", 10), VectorSet("directed", "Directed vectors", 3))


@pytest.fixture
def interface() -> Interface:
    return Interface(
        top="core",
        model_hash="00ff" * 16,
        inputs=(
            InputPort("x", 2, ("a|b", "c`d\n")),
            InputPort("row", 1, ("row",), Coding(0.0, 1.0, 1)),
            InputPort("length", 8, ("Länge",), Coding(-1.5, 0.25, 8)),
        ),
        outputs=(OutputPort("class_index", 1, "index"), OutputPort("scores", 6, "scores", 3)),
        classes=("no", "yes"),
    )


@pytest.fixture
def files(interface: Interface) -> dict[str, str]:
    return {path: data.decode() for path, data in companions(interface, SETS, FACTS).items()}


def test_the_same_interface_gives_the_same_bytes(interface):
    assert companions(interface, SETS, FACTS) == companions(interface, SETS, FACTS)


@pytest.fixture
def clocked(interface):
    pipelined = replace(interface, latency=3, clocking=Clocking())
    return {path: data.decode() for path, data in companions(pipelined, SETS, FACTS).items()}


def test_a_pipelined_core_says_so_everywhere(clocked):
    sheet = clocked["DATASHEET.md"]
    assert "A pipelined core" in sheet and "| Latency | 3 cycles |" in sheet
    assert "`in_valid`" in sheet and "glitch" not in sheet
    for kind in ("xdc", "sdc"):
        assert (
            "create_clock -name clk -period 10.000 [get_ports clk]"
            in (clocked[f"constraints/core.{kind}"])
        )
    vhdl = clocked["vhdl/core_component.vhd"]
    assert vhdl.index("clk : in") < vhdl.index("x : in") < vhdl.index("out_valid : out")
    assert "localparam LATENCY_ = 3;" in clocked["tb/core_tb.v"]
    assert not [p for p, text in clocked.items() if "\n\n\n" in text and not p.endswith(".py")]


def test_every_kind_of_file_is_there(files):
    assert sorted(files) == [
        "DATASHEET.md",
        "LICENSE.txt",
        "constraints/core.sdc",
        "constraints/core.xdc",
        "core.core",
        "lint/verilator.vlt",
        "tb/core_tb.v",
        "tb/test_core.py",
        "vhdl/core_component.vhd",
    ]
    assert all(text.endswith("\n") for text in files.values())
    assert not [p for p, text in files.items() if "\n\n\n" in text and not p.endswith(".py")]


def test_without_vectors_there_is_no_bench_that_could_pass(interface):
    files = companions(interface, (), FACTS)
    assert not [path for path in files if path.startswith("tb/")]
    assert b"\n  sim:" not in files["core.core"] and b"\n  lint:" in files["core.core"]
    assert b"Vectors in this bundle: none" in files["DATASHEET.md"]


def test_the_bench_drives_the_first_port_from_the_low_bits(files):
    text = " ".join(files["tb/core_tb.v"].split())
    assert "{ length, row, x } = word_[INPUT_WIDTH_-1:0];" in text
    assert "wire [OUTPUT_WIDTH_-1:0] found_ = { scores, class_index };" in text
    assert "localparam INPUT_WIDTH_ = 11;" in text and "localparam OUTPUT_WIDTH_ = 7;" in text
    assert "checked_ == 13" in text


def test_names_of_the_bench_cannot_be_those_of_ports(files):
    """A port never ends with an underscore; every name that the bench declares does."""
    declared = re.findall(
        r"^ +(?:localparam|parameter|integer|task|reg|wire)\s+(?:\[[^]]*\] *)?(\w+)",
        files["tb/core_tb.v"],
        re.MULTILINE,
    )
    ports = {"x", "row", "length", "class_index", "scores"}
    assert ports < set(declared)
    assert all(name.endswith("_") for name in set(declared) - ports)


def test_vhdl_declares_every_port_once(files):
    text = files["vhdl/core_component.vhd"]
    assert "row : in std_logic;" in text
    assert "length : in std_logic_vector(7 downto 0);" in text
    assert re.search(r"scores : out std_logic_vector\(5 downto 0\)\n", text)


def test_the_core_file_is_yaml_that_names_files_of_the_bundle(files):
    yaml = pytest.importorskip("yaml")
    core = yaml.safe_load(files["core.core"])
    assert core["name"] == "db2hdl:nets:core:0"
    assert core["filesets"]["rtl"]["files"] == ["rtl/core.v"]
    named = [next(iter(f)) for f in core["filesets"]["tb"]["files"]]
    assert named == ["tb/core_tb.v"] + [f for s in SETS for f in (s.inputs, s.expected)]
    assert set(core["targets"]) == {"default", "lint", "sim"}


def test_the_datasheet_tells_classes_ties_and_coding(files):
    sheet = files["DATASHEET.md"]
    assert "0 = no, 1 = yes" in sheet and "the lowest index wins" in sheet
    assert "offset -1.5, scale 0.25, range -1.5 to 62.25" in sheet
    assert "parts.csv \\| \\*odd\\* name" in sheet
    assert "0 = a\\|b, 1 = c\\`d" in sheet
    rows = [line for line in sheet.splitlines() if line.startswith("| `")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in rows)


def test_a_wide_interface_is_cut_to_a_page():
    ports = tuple(InputPort(f"p{i}", 8, (f"p{i}",), Coding(0.0, 1.0, 8)) for i in range(784))
    classes = tuple(f"class {i}" for i in range(100))
    wide = Interface("core", "00", ports, (OutputPort("class_index", 7, "index"),), classes)
    sheet = companions(wide, SETS, FACTS)["DATASHEET.md"].decode()
    assert "760 more ports are in `interface.json`" in sheet
    assert "and 76 more" in sheet
    assert len(sheet.splitlines()) < 100


@pytest.mark.parametrize("text", ["a\nb", "ä", 'a"b', "a;\tb", "$x", "`x`", "{{ x }}", "a\\b", "#"])
def test_no_text_of_strangers_gets_into_code(text: str) -> None:
    template = companions_module._environment(False).from_string("// {{ text }}")
    assert template.render(text="top, rtl/top.v: 12") == "// top, rtl/top.v: 12"
    with pytest.raises(Db2hdlError, match="must not be in a file of code"):
        template.render(text=text)


def test_any_text_is_escaped_in_markdown() -> None:
    environment = companions_module._environment(True)
    template = environment.from_string("| {{ text }} | {{ name|code }} |")
    made = template.render(text="a|b\x1b\n<i>", name="in_valid")
    assert made == "| a\\|b\\\\x1b \\<i\\> | `in_valid` |"
    with pytest.raises(Db2hdlError):
        template.render(text="", name="a`b")
