"""The device that computes, its precision, and its memory."""

from core.devices.choice import Device, allow_tf32, as_current, choose_device, choose_visible_gpu

__all__ = ["Device", "allow_tf32", "as_current", "choose_device", "choose_visible_gpu"]
