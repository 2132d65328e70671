"""What may befall a single parcel: a carrier that refuses it, papers that are missing, a customer who moves."""

from __future__ import annotations

from simulator.scenario.fields import HourQuantiles, Hours, MinorUnits, Part, Share


class RefusalSpec(Part):
    """A carrier refuses some parcels with dangerous goods (batteries, aerosols) at its gate after the collection.

    Parameters
    ----------
    probability : float
        Of a parcel with dangerous goods.
    delay_hours : float
        Until it was relabelled or repacked and sets off.
    cost_minor : int
        What that costs, in minor currency units.
    """

    probability: Share
    delay_hours: Hours = 24.0
    cost_minor: MinorUnits = 0


class CustomsSpec(Part):
    """What happens to parcels whose lane leads from one customs zone into another.

    Parameters
    ----------
    papers_missing_share : float
        Share of the orders whose papers are not complete, which shows only at the border.
    hold_hours_quantiles : tuple of float
        How long such a parcel is held, at evenly spaced probabilities from 0 to 1.
    clearance_minor : int
        Clearance, once a parcel, on top of the freight.
    duty_per_unit_minor : int
        Duty on every unit, on top of the freight.
    """

    papers_missing_share: Share = 0.0
    hold_hours_quantiles: HourQuantiles = (12.0, 24.0, 48.0, 72.0, 168.0)
    clearance_minor: MinorUnits = 0
    duty_per_unit_minor: MinorUnits = 0


class AddressChangeSpec(Part):
    """Some customers change the address after they ordered; the parcel is redirected.

    Parameters
    ----------
    share : float
        Share of the orders.
    redirect_hours : float
        Added to the transit.
    cost_minor : int
        What the carrier asks for it, in minor currency units.
    """

    share: Share
    redirect_hours: Hours = 24.0
    cost_minor: MinorUnits = 0
