"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from . import (
    hanging_tables,  # noqa: F401 (says of every table what of it hangs on a body)
    person_tables,  # noqa: F401 (says of every table what it records about people)
)
from .access import AccountPerson
from .acquaintance import Acquaintance, AcquaintanceCall
from .aliases import PeopleApart, PersonAlias
from .appointments import Appointment
from .areas import Area, AreaCode, AreaName, AreaPlacement, AreaSuccession
from .badges import MemberBadge
from .documents import Document, DocumentText
from .drafts import (
    Draft,
    DraftOpinion,
    DraftPaper,
    DraftVersion,
    PaperArchive,
    PaperDistribution,
    PaperReview,
    PaperSignature,
)
from .functions import BodyFunction, FunctionHolding
from .holds import ErasureHold
from .incoming import IncomingCopy, IncomingNumber, IncomingPaper
from .lending import Lending
from .members import MemberCard, Membership, MembershipCondition, MembershipPlace, MembershipStanding
from .numbering import JointIssuer, NumberMark, NumberSeries, SeriesBook, TermOfOffice
from .paper_files import DocumentFile, DraftFile, FilePage, FileText
from .paper_parts import DocumentPart
from .paper_relations import PaperRelation
from .people import (
    Person,
    PersonBackground,
    PersonContact,
    PersonName,
    PersonParticulars,
    Qualification,
)
from .posts import Post, PostExistence
from .reads import ReadLog
from .record import Cause
from .reorganisation import (
    HandoverLine,
    Plan,
    PlanAcceptance,
    PlanClause,
    PlanDecision,
    PlannedChange,
)
from .required_papers import RequiredPaper
from .staffing import AffectedPerson, Occupancy, RetirementDecision, StaffBenefit
from .task_proposals import TaskProposal
from .units import (
    Unit,
    UnitCustody,
    UnitForm,
    UnitLineage,
    UnitName,
    UnitPlacement,
    UnitService,
    UnitSuccession,
)

__all__ = [
    "Acquaintance", "AcquaintanceCall", "IncomingCopy", "IncomingNumber", "IncomingPaper", "RequiredPaper",
    "AccountPerson", "Appointment", "Area", "AreaCode", "AreaName", "AreaPlacement", "AreaSuccession",
    "Cause", "Document", "DocumentPart", "DocumentText",
    "Draft", "DraftOpinion", "DraftPaper", "DraftVersion", "ErasureHold", "Lending",
    "MemberBadge", "MemberCard", "Membership", "MembershipCondition", "MembershipPlace", "MembershipStanding",
    "PaperArchive", "PaperDistribution", "PaperRelation", "PaperReview", "PaperSignature", "PeopleApart",
    "JointIssuer", "NumberMark", "NumberSeries", "SeriesBook", "TermOfOffice",
    "Person", "PersonAlias", "PersonBackground", "PersonContact", "PersonName",
    "BodyFunction", "FunctionHolding", "HandoverLine", "Plan", "PlanAcceptance",
    "PlanClause", "PlanDecision", "PlannedChange",
    "PersonParticulars", "Post", "PostExistence", "Qualification", "ReadLog",
    "AffectedPerson", "Occupancy", "RetirementDecision", "StaffBenefit",
    "TaskProposal", "Unit", "UnitCustody",
    "UnitForm", "UnitLineage", "UnitName", "UnitPlacement", "UnitService", "UnitSuccession",
    "DocumentFile", "DraftFile", "FilePage", "FileText",
]  # fmt: skip
