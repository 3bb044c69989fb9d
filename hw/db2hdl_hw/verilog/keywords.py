"""Words that cannot be identifiers somewhere a generated name goes; all in lower case.

Besides Verilog, SystemVerilog and VHDL: C++, because Verilator makes classes of modules and warns
of such names (SYMRSVDWORD), and Python, because benches and Amaranth designs write ``dut.name``.
"""

from __future__ import annotations

import keyword


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERILOG = _words(
    """
    always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign
    default defparam design disable edge else end endcase endconfig endfunction endgenerate
    endmodule endprimitive endspecify endtable endtask event for force forever fork function
    generate genvar highz0 highz1 if ifnone incdir include initial inout input instance integer
    join large liblist library localparam macromodule medium module nand negedge nmos nor
    noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1
    pulldown pullup pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat
    rnmos rpmos rtran rtranif0 rtranif1 scalared showcancelled signed small specify specparam
    strong0 strong1 supply0 supply1 table task time tran tranif0 tranif1 tri tri0 tri1 triand
    trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor xor
    """
)
"""IEEE 1364-2005."""

SYSTEMVERILOG = _words(
    """
    accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit
    break byte chandle checker class clocking const constraint context continue cover covergroup
    coverpoint cross dist do endchecker endclass endclocking endgroup endinterface endpackage
    endprogram endproperty endsequence enum eventually expect export extends extern final
    first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies import
    inside int interconnect interface intersect join_any join_none let local logic longint matches
    modport nettype new nexttime null package packed priority program property protected pure rand
    randc randcase randsequence ref reject_on restrict return s_always s_eventually s_nexttime
    s_until s_until_with sequence shortint shortreal soft solve static string strong struct super
    supply sync_accept_on sync_reject_on tagged this throughout timeprecision timeunit type typedef
    union unique unique0 until until_with untyped var virtual void wait_order weak wildcard with
    within
    """
)
"""What IEEE 1800-2017 adds."""

VHDL = _words(
    """
    abs access after alias all and architecture array assert assume assume_guarantee attribute
    begin block body buffer bus case component configuration constant context cover default
    disconnect downto else elsif end entity exit fairness file for force function generate generic
    group guarded if impure in inertial inout is label library linkage literal loop map mod nand
    new next nor not null of on open or others out package parameter port postponed procedure
    process property protected pure range record register reject release rem report restrict
    restrict_guarantee return rol ror select sequence severity shared signal sla sll sra srl strong
    subtype then to transport type unaffected units until use variable view vmode vprop vunit wait
    when while with xnor xor
    """
)
"""IEEE 1076-2019."""

CPP = _words(
    """
    abort alignas alignof and_eq asm auto bitand bitor bool catch char char8_t char16_t char32_t
    char64_t co_await co_return co_yield compl concept const_cast consteval constexpr constinit
    decltype defined delete double dynamic_cast explicit export false final float friend goto
    inline long main mutable namespace noexcept not_eq nullptr operator or_eq override private
    public register reinterpret_cast requires short sizeof static_assert static_cast std switch
    synchronized template thread_local throw true try typeid typename uint8_t uint16_t uint32_t
    uint64_t using volatile wchar_t xor_eq
    """
)
"""C++20, and words that Verilator's runtime library takes."""

PYTHON = frozenset(word.lower() for word in keyword.kwlist)

MEANINGS = _words(
    """
    arm boolean clk cocotb contextp dut environ eof errno eval eval_step i386 ieee linux m_pi main
    mips nan natural now null pi positive pyosys real rootp root signbit std std_logic
    std_logic_vector std_ulogic stderr stdin stdout sparc sun tb testbench threads tool trace true
    false unix vlsymsp vvp wreal work
    """
)
"""Macros, members, types and programs of one word; ports are kept from all single words."""

TAKEN = _words(
    """
    as_integer_ratio assert_perror bit_count bit_length bit_vector boolean_vector c_str
    delay_length eval_end_step eval_step even_cycle exit_group export_function fake_zero_count
    falling_edge file_open_kind file_open_state file_open_status file_origin_kind foreign_data
    from_bytes from_range from_signed from_unsigned htobe16 htobe32 htobe64 htole16 htole32 htole64
    i386 i486 i586 i686 initiation_interval integer_vector is_const is_resolvable is_signed is_x
    log2 math_errhandling pdp11 real_vector rising_edge severity_level side_effect signed_integer
    string_vector time_vector to_bit to_bitvector to_bo to_bstring to_bv to_bytes to_ho to_hstring
    to_hex_string to_01 to_integer to_octal_string to_oo to_ostring to_range to_signed to_slv
    to_string to_stdlogicvector to_stdulogic to_stdulogicvector to_stdlogic to_sulv to_ux01 to_x01
    to_x01z to_unsigned trace_init u3b2 unique_ptr numeric_std ieee_std_context u_signed u_unsigned
    unresolved_signed unresolved_unsigned ux01 ux01z value_change vpi0 vpi1 x01 x01z
    """
)
"""Of the same, those of several words or with a digit at the end; tests compute them anew."""

FAMILIES = _words("db2hdl ieee pthread sc sched std sv va verilated verilator vl vpi")
"""First words of names that libraries and simulators have by the hundred."""

VENDORS = _words(
    """
    adder_carry adff2dff altpll altsyncram bipad buff ckpad constgtge constltle dff dff2ff dff2sre
    dff2dff gclkbuff inpad inv latchnsre latchsre logic_0 logic_1 mux2x0 mux2x1 mux4x0 mux8x0
    outpad prom promx9 rpll sdffnsre sdffsre sh_dff smt_pmux sram1024x18
    """
)
"""Cells in lower case that Yosys knows."""

VENDOR_FAMILIES = ("alt", "cyclone", "dff", "dsp_t1", "fifo_", "fiftyfivenm", "qlal")
"""How the names of others begin."""

KEYWORDS = VERILOG | SYSTEMVERILOG | VHDL | CPP | PYTHON
