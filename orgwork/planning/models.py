"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from orgwork.registers.person_tables import about_nobody

from . import hanging_tables  # noqa: F401 (says of every table what of it hangs on a body)
from .growth_remarks import GrowthRemark
from .quotas import ReductionGoal, StaffingQuota
from .targets import AdmissionTarget

__all__ = ["AdmissionTarget", "GrowthRemark", "ReductionGoal", "StaffingQuota"]

about_nobody(GrowthRemark, "what a body says about its growth")
about_nobody(AdmissionTarget, "a number of a body")
about_nobody(StaffingQuota, "a number of a body")
about_nobody(ReductionGoal, "a number of a body")
