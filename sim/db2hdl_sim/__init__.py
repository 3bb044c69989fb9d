"""cocotb benches and their runner: compare Verilog with golden vectors, bit for bit."""
