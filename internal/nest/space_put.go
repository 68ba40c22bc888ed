package nest

import "context"

// PutSpace applies a signed space that its host sent to the API, and returns the nest. An older or equal space changes
// nothing.
func (s *Service) PutSpace(ctx context.Context, id, actor string, e Event) (View, error) {
	now := s.now()
	space, err := s.checkSpace(e, now)
	switch {
	case err != nil:
		return View{}, err
	case space.ID != id:
		return View{}, invalidEvent("The space's d tag is not the id in the path",
			"Send it to the path with the id of its d tag.")
	case space.Host != actor:
		return View{}, invalidEvent("The space and the request are signed by different keys",
			"Sign both with the host's key.")
	}
	var v View
	applied := false
	err = s.write(ctx, id, func(tx Tx) error {
		n, err := tx.Nest(id)
		if err != nil {
			return err
		}
		if n.Host != actor {
			return forbidden("Only the host can sign the space of a nest")
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
