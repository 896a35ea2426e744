/** A delivery in the form in which Customerly sends them, as far as it is known: the contact is at data.user.data. */
export const sampleDelivery = JSON.stringify(
  {
    event: 'user.tagged',
    timestamp: 1700000000,
    data: {
      user: { data: { email: 'ada@example.com', name: 'Ada', attributes: { plan: 'pro' } } },
      tag: 'newsletter',
    },
  },
  null,
  2,
);
