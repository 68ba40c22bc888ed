package nest

import "context"

// PutSpace is the API's way to hand over a newer signed space. An older or equal one changes nothing and is answered with
// what holds.
func (s *Service) PutSpace(ctx context.Context, id, actor string, e Event) (View, error) {
	now := s.now()
	space, err := s.checkSpace(e, now)
	switch {
	case err != nil:
		return View{}, err
	case space.ID != id:
		return View{}, invalidEvent("The space's d tag is another id", "Send it under the id of its d tag.")
	case space.Host != actor:
		return View{}, invalidEvent("The space is signed by another key than the request", "Sign both with the host's key.")
	}
	var v View
	applied := false
	err = s.write(ctx, id, func(tx Tx) error {
		n, err := tx.Nest(id)
		if err != nil {
			return err
		}
		if n.Host != actor {
			return forbidden("Only the host's key makes a space valid")
		}
		if applied, err = s.applySpace(tx, &n, space, "", now); err != nil {
			return err
		}
		members, err := tx.Members(id)
		v = s.view(n, members)
		return err
	})
	if err == nil && applied {
		s.Wake(id)
		s.broadcast(ctx, &e)
	}
	return v, err
}
