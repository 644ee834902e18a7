"""The product of a cotangent and a partial that can be infinite."""

from __future__ import annotations

__all__ = ["strong"]


def strong(cotangent, partial):  # type: ignore[no-untyped-def]
    """The product, 0 where one factor is exactly 0: an infinite slope that nobody asks for does no harm.

    Only 0 * inf needs the exception, and is nan. All other products are left alone, so that derivatives of the product
    (a cotangent that is 0 can have a slope) are those of a product.
    """
    product = cotangent * partial
    if product != product:
        if cotangent == 0.0:
            return cotangent * 0.0
        if partial == 0.0:
            return partial * 0.0
    return product
