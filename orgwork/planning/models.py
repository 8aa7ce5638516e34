"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from .growth_remarks import GrowthRemark
from .targets import AdmissionTarget

__all__ = ["AdmissionTarget", "GrowthRemark"]
