"""The table of failures: each row by its number, and the tests that prove it.

Rows 26 and 27 are what is left of them with cards only.
"""

from __future__ import annotations

_PAYING = "tests/payments/rows/test_paying.py::test_"
_AFTER = "tests/payments/rows/test_afterwards.py::test_"
_PRICES = "tests/payments/rows/test_prices.py::test_"
_PAPERS = "tests/payments/rows/test_papers.py::test_"
_NUMBERS = "tests/concurrency/test_invoice_numbers.py::test_"
_KEPT = "tests/journeys/test_a_card_is_kept.py::test_"

ROWS: dict[int, tuple[str, ...]] = {
    1: (f"{_PAYING}1_two_clients_take_one_slot",
        "tests/concurrency/test_claim.py::test_one_of_many_rivals_gets_the_time"),
    2: (f"{_PAYING}2_a_declined_card_leaves_the_page_open",),
    3: (f"{_PAYING}3_4_an_abandoned_page_frees_the_time",),
    4: (f"{_PAYING}3_4_an_abandoned_page_frees_the_time",),
    5: (f"{_PAYING}5_paid_and_never_back_is_confirmed_by_the_notice",),
    6: (f"{_PAYING}6_7_back_before_at_and_after_the_notice_is_one_entry",),
    7: (f"{_PAYING}6_7_back_before_at_and_after_the_notice_is_one_entry",),
    8: (f"{_PAYING}8_9_however_often_and_in_whatever_order",),
    9: (f"{_PAYING}8_9_however_often_and_in_whatever_order",),
    10: (f"{_PAYING}10_what_no_notice_tells_is_read",),
    11: (f"{_PAYING}11_three_days_away_are_caught_up_before_holds_end",),
    12: (f"{_PAYING}12_a_notice_that_cannot_be_settled_waits_and_is_run_again",),
    13: (f"{_PAYING}13_forged_notices_are_refused_and_many_are_told",),
    14: (f"{_PAYING}14_an_unknown_notice_is_kept_and_done",),
    15: (f"{_PAYING}15_a_notice_of_the_other_mode_is_refused_and_told",),
    16: (f"{_PAYING}16_two_tabs_share_one_page",),
    17: (f"{_AFTER}17_of_two_pages_that_were_paid_one_goes_back",),
    18: (f"{_PAYING}18_paid_as_the_hold_ends_is_confirmed",),
    19: (f"{_AFTER}19_late_money_goes_back_when_the_time_is_gone",),
    20: (f"{_AFTER}20_paid_after_cancelling_goes_back",),
    21: (f"{_PAYING}21_23_24_stripe_down_when_starting",),
    22: (f"{_PAYING}22_a_lost_answer_leads_to_the_same_page",),
    23: (f"{_PAYING}21_23_24_stripe_down_when_starting",),
    24: (f"{_PAYING}21_23_24_stripe_down_when_starting",
         ("tests/booking/test_refunds_sent.py"
         "::test_a_refund_whose_answer_is_lost_is_looked_for_before_it_is_sent_again")),
    25: (f"{_PAYING}25_stripe_down_when_the_hold_ends_keeps_the_time",),
    26: (f"{_AFTER}26_27_used_but_not_paid_is_held_and_flagged",),
    27: (f"{_AFTER}26_27_used_but_not_paid_is_held_and_flagged",),
    28: (f"{_AFTER}28_another_amount_is_flagged_and_not_confirmed",),
    29: (f"{_PRICES}29_a_voucher_that_pays_it_all_asks_for_no_card",),
    30: (f"{_PRICES}30_a_rest_too_small_for_a_card_is_written_off",),
    31: ("tests/concurrency/test_codes.py::test_a_voucher_pays_no_more_than_it_is_over",
         f"{_PRICES}31_what_a_hold_has_of_a_voucher_nobody_else_spends"),
    32: (f"{_PRICES}32_the_last_use_of_a_code_is_its_holds",
         "tests/concurrency/test_codes.py::test_a_code_is_used_no_more_often_than_it_may"),
    33: (f"{_PRICES}33_a_price_that_staff_change_is_not_the_holds",
         "tests/booking/test_dues.py::test_33_a_page_for_an_old_amount_is_closed_before_another_opens"),
    34: (f"{_KEPT}34_a_bank_that_wants_the_client_gets_no_second_try",),
    35: (f"{_KEPT}35_a_declined_card_is_one_letter_and_a_task",),
    36: (f"{_KEPT}36_a_charge_waits_for_whoever_is_paying_by_link",
         f"{_KEPT}36_nobody_pays_by_link_while_the_card_is_charged",
         f"{_KEPT}36_paid_in_cash_while_the_card_was_charged_the_card_goes_back"),
    37: (f"{_AFTER}37_38_a_refund_is_made_once_whatever_is_lost",
         "tests/office/test_disputes.py::test_37_the_second_of_two_is_told_what_is_left"),
    38: (f"{_AFTER}37_38_a_refund_is_made_once_whatever_is_lost",),
    39: (f"{_AFTER}39_a_refund_in_the_dashboard_is_booked",),
    40: (f"{_AFTER}40_a_refund_that_fails_later_is_a_task",),
    41: (f"{_AFTER}41_too_little_to_refund_waits_and_is_told",),
    42: (f"{_AFTER}42_43_a_dispute_is_followed_and_lost",
         ("tests/office/test_disputes.py"
         "::test_42_the_deadline_stands_on_today_and_leads_to_the_evidence")),
    43: (f"{_AFTER}42_43_a_dispute_is_followed_and_lost",),
    44: (f"{_AFTER}44_a_dispute_that_is_won",),
    45: (f"{_AFTER}45_while_a_secret_is_replaced_either_counts",),
    46: (f"{_PAYING}46_a_revoked_key_pauses_payments_and_keeps_the_time",),
    47: (f"{_PAPERS}47_who_come_back_at_once_have_an_invoice_each",
         f"{_NUMBERS}47_twenty_at_once_have_a_number_each"),
    48: (f"{_PAPERS}48_what_breaks_after_the_number_was_taken_gives_it_back",
         f"{_NUMBERS}48_a_crash_while_issuing_takes_the_number_back"),
    49: (f"{_AFTER}49_a_hold_lasts_as_long_where_the_clock_goes_back",),
    50: ("tests/office/test_erasing.py::test_50_a_client_is_erased_and_the_books_stay",
         "tests/booking/test_invoicing.py::test_nothing_that_changes_later_changes_a_paper"),
}  # fmt: skip
