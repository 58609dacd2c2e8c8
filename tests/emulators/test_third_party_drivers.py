"""Other people's drivers work with our emulators: they read the manuals as we did."""

from __future__ import annotations

import nesp_lib
import pytest
from matterlab_pumps.tecan_xlp_pump import TecanXLPPump

from ncrobot_sim.emulators import FaultKind, WireFault, start_emulator


@pytest.fixture
def new_era():
    with start_emulator("new_era.ne1000", speed=20.0) as emulated:
        port = nesp_lib.Port(emulated.port, 19200)
        try:
            yield emulated, port
        finally:
            port.close()


def test_nesp_lib_drives_the_new_era_pump_in_basic_mode(new_era):
    emulated, port = new_era
    pump = nesp_lib.Pump(port)
    assert pump.model_number == 1000
    assert pump.firmware_version == (3, 928)
    assert pump.status is nesp_lib.Status.STOPPED
    pump.syringe_diameter_mm = 4.61
    assert pump.syringe_diameter_mm == 4.61
    with pytest.raises(ValueError, match="invalid"):
        pump.syringe_diameter_mm = 90.0
    pump.pumping_direction = nesp_lib.PumpingDirection.WITHDRAW
    pump.pumping_volume_ml = 0.1
    pump.pumping_rate_ml_per_min = 0.6
    assert pump.pumping_volume_ml == pytest.approx(0.1)
    assert pump.pumping_rate_ml_per_min == pytest.approx(0.6)
    pump.run()
    assert pump.volume_withdrawn_ml == pytest.approx(0.1)
    assert emulated.device.plunger_ul == pytest.approx(100.0)
    pump.volume_withdrawn_clear()
    assert pump.volume_withdrawn_ml == 0.0
    pump.run(wait_while_running=False)
    assert pump.running
    with pytest.raises(nesp_lib.StateException):
        pump.pumping_volume_ml = 0.2
    pump.stop()


def test_nesp_lib_drives_it_in_safe_mode(new_era):
    emulated, port = new_era
    pump = nesp_lib.Pump(port, safe_mode_timeout_s=200)
    try:
        assert pump.safe_mode_timeout_s == 200
        pump.pumping_volume_ml = 0.2
        pump.pumping_rate_ml_per_min = 3.0
        pump.run()
        assert pump.volume_infused_ml == pytest.approx(0.2)
        emulated.inject(WireFault(FaultKind.WRONG_CHECKSUM))
        with pytest.raises(nesp_lib.ChecksumReplyException):
            _ = pump.status
    finally:
        pump.safe_mode_timeout_s = 0


def test_matterlab_pumps_drives_the_xlp():
    settings = {"options": {"valve": "6-port"}}
    with start_emulator("tecan.xlp", settings, speed=50.0) as emulated:
        pump = TecanXLPPump(
            emulated.port, address=0, syringe_volume=1e-3, num_valve_port=6, init_valve=1,
            out_valve=6, connect_hardware=False,
        )  # fmt: skip
        try:
            # Its own connect() asks for a field that nobody sets; these are its steps.
            pump._set_fine_position()
            pump._set_backlash_position()
            pump._set_home_position()
            pump.initialize_pump()
            pump.set_top_speed(2000)
            pump.set_speed_slope(14)
            assert pump.port == 6
            pump.port = 2
            assert emulated.device.runner.valve.at == "2"
            pump.volume = 0.5
            assert pump.volume == pytest.approx(0.5)
            pump.port = 3
            pump.volume = 0.2
            assert emulated.device.runner.plunger.account() == {
                "2": pytest.approx(3000.0), "3": pytest.approx(-1800.0),
            }  # fmt: skip
        finally:
            pump.disconnect()
